/**
 * Coins by name: what people write for them in Korean and English.
 *
 * Names of other coins come from the venues' own lists (`lake.markets`); this
 * file holds the aliases that no venue lists, and the words that look like a
 * coin and are none.
 */

/** One coin and the ways to write it. */
export interface Coin {
  /** The venues' code, upper case: `BTC`. */
  coin: string;
  /** Hangul names, alone or followed by one of {@link JOSA}. */
  korean: string[];
  /** English names, whole words, any case. */
  english: string[];
}

const coin = (code: string, korean: string, english: string): Coin => ({
  coin: code,
  korean: korean.split(" ").filter(Boolean),
  english: english.split("|").filter(Boolean),
});

/** Particles that may follow a Hangul name; one more letter makes it another word. */
export const JOSA = "은는이가을를에의도로만";

/** Coins with aliases; the venues' names are added to these. */
export const COINS: Coin[] = [
  coin("BTC", "비트코인 비트 빗코 삐코 삐트코인", "bitcoin|bitcoins"),
  coin("ETH", "이더리움 이더 이더륨", "ethereum|ether"),
  coin("XRP", "엑스알피 리플 리또속", "ripple"),
  coin("SOL", "솔라나 솔", "solana"),
  coin("DOGE", "도지코인 도지", "dogecoin|doge"),
  coin("ADA", "에이다 카르다노", "cardano"),
  coin("SUI", "수이", "sui network"),
  coin("SEI", "세이", "sei network"),
  coin("BCH", "비트코인캐시 비캐", "bitcoin cash"),
  coin("BTT", "비트토렌트", "bittorrent"),
  coin("BSV", "비트코인에스브이 비사", "bitcoin sv"),
  coin("BTG", "비트코인골드", "bitcoin gold"),
  coin("ETC", "이더리움클래식 이클", "ethereum classic"),
  coin("TRX", "트론", "tron"),
  coin("XLM", "스텔라루멘 스텔라", "stellar lumens"),
  coin("EOS", "이오스", ""),
  coin("DOT", "폴카닷", "polkadot"),
  coin("LINK", "체인링크", "chainlink"),
  coin("AVAX", "아발란체 아발", "avalanche"),
  coin("SHIB", "시바이누 시바", "shiba inu"),
  coin("PEPE", "페페", "pepe coin"),
  coin("APT", "앱토스", "aptos"),
  coin("ARB", "아비트럼", "arbitrum"),
  coin("NEAR", "니어프로토콜 니어", "near protocol"),
  coin("GAS", "가스", "neo gas"),
  coin("ONE", "하모니", "harmony one"),
  coin("ID", "스페이스아이디", "space id"),
  coin("T", "쓰레스홀드", "threshold network"),
  coin("WLD", "월드코인", "worldcoin"),
  coin("LTC", "라이트코인", "litecoin"),
  coin("BNB", "비앤비 바낸코인", "binance coin"),
  coin("TON", "톤코인", "toncoin"),
  coin("USDT", "테더", "tether"),
];

/**
 * Hangul words that hold a coin's name and mean something else. The longest
 * word at a place wins, so these take their letters away from the coin.
 */
export const NOT_COINS = [
  "비트겟 업비트 비트멕스 비트파이넥스 비트플라이어 비트맥스 비트맵 비트윈 비트라 빗썸 비트박스 비트코인즈",
  "도지사 솔직히 솔직 솔로 솔선 솔깃 이더라 이더라고 이더넷 리플레이 리플렛 리플리 세이브 세이프 수이사이드",
  "에이다스 시바견 가스비 가스라이팅 트론댄스 스텔라나",
].join(" ").split(" ");

/**
 * Names that are ordinary words as well: they count where the text speaks of
 * a market ({@link MARKET_WORDS}), of another coin, or says 코인.
 */
export const AMBIGUOUS = new Set(
  ("솔 수이 세이 에이다 가스 하모니 시바 페페 스텔라 니어 아발 이클 비사 보라 아크 메탈 아이콘 스토리 밀크 하이브 " +
    "웨이브 무브 게임 오르카 맨틀 블러 왁스 던 캐리 오픈 베이스 이뮨 사인 소폰 렌더 마스크 메이플 플로우 펏지 플룸 레이어 " +
    "아이오 모카 월드 그래프 더그래프 누아 가디언 리퍼 톤 샌드 슈퍼 점프 온도 온톨로지 빔 셀로")
    .split(" "),
);

/** Words of the market: where one stands, an ambiguous name is a coin's. */
export const MARKET_WORDS =
  /코인|매수|매도|떡상|떡락|상장|상폐|시세|차트|손절|익절|존버|물렸|물림|평단|반등|폭등|폭락|급등|급락|롱|숏|펌핑|김프|저점|고점|호재|악재|불장|하락|상승|가즈아|풀매|물타기|몰빵|양봉|음봉|비트|이더|알트|업빗|업비트|빗썸|바낸|달러|만원|[0-9]%|📈|📉|🚀/u;

/** Where `리플` is a reply under a post: what follows or precedes it then. */
export const REPLY = {
  after:
    /^(?:이|을|를|은|도|로|만|가)?\s*(?:(?:좀|하나|한|안|다|많이|왜|빨리|또)\s*)*(?:달|남[기겨긴]|써|쓰|쓴|읽|삭제|수\b|놀이|알림|확인|지우|지웠|작성|답|대댓|창|막)/u,
  before: /(?:댓글|악플|무플|선플|답글|게시글|글에|글엔|밑에|아래)\s*$/u,
};

/** Where `비트` is music or a count of bits. */
export const BEAT = /힙합|드럼|작곡|박자|랩\s|래퍼|bpm|리듬|컴퓨터|운영체제/iu;

/** Codes that are words or initials when written in capitals: they count only as `$CODE`. */
export const STOP_CODES = new Set(
  ("ONE NEAR GAS ID T ACE ACT AI ALL ALT ANY APE APP ARE ARK ART ASK ATH AUCTION BAR BASE BIG BIO BLUR BOND CAKE CAT CEO " +
    "CORE COW CUP CVC DAO DATA DIA DIP DOG EDU EGG ETF EYE FLOW FOR FOX FUN FOMO FUD GAL GAME GET GLOBAL HIGH HODL HOME " +
    "HOOK HOT HYPE ICE IDEX INC INIT IOS IPO IQ JOE JUST KEY LAYER LIKE LINK LIT LONG LOOM LOW LUCK MAGIC MASK MAX ME MEME " +
    "META MOVE MOVIE NEWS NFT NIGHT NOT NOW OFF OPEN ORBIT OUT OVER PEOPLE PIXEL PLAY POL PRIME PROM PUMP REAL RED REP " +
    "RENDER REQ ROSE SAFE SAND SAHARA SALT SCR SEC SHELL SIGN SKY SNT SOLO SOON SPELL STEP STORY SUN SUPER SYN THE TIME " +
    "TOKEN TOP TREE TRUMP TRUST USA USD USUAL VIRTUAL WAVES WET WIN WOO YOU ZERO ZETA")
    .split(" "),
);

/** English names from the venues' lists that are ordinary words: left out. */
export const ORDINARY_ENGLISH = new Set(
  ("access act aergo ark astar aura avail axis bio blast blur bond bounce carry casper celestia chain civic compound core " +
    "cosmos curve decent drift edge elf enjin fetch flow flux fusion game gas gala grass harmony hive hooked icon immutable " +
    "initia jasmy jupiter kava kite layer linea lisk loom magic mantle mask maker metal meme metis milk mina momentum moss " +
    "movement near neo nervos oasis one ontology optimism orbit orchid origin osmosis pixels plasma plume polygon power " +
    "prime pundi quant radiant render request saga sandbox sentinel sign sky solar sonic space spell stacks status steem " +
    "stellar step stepn stratis story storj strike sun super swell sync synapse theta threshold token trust unity usual " +
    "virtual walrus wave waves worldwide zero zircuit").split(" "),
);

/** Money: a base with one of these codes is no coin that talk is about. */
export const MONEY = new Set(["KRW", "USD", "EUR", "JPY", "GBP", "TRY", "BRL"]);
