/**
 * The words by which a text's tone is scored: a list of our own, small enough
 * to be read through and shown.
 */

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

/** Every word; of those at one place the longest counts. */
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
    "bullish|bull run|bulls|moon|mooning|rall*|pump|pumps|pumping|pumped|surg*|soar*|breakout|broke out|rebound*|recover*|" +
      "gain|gains|profit*|ath|all time high|all-time high|uptrend|green candle|in the green|approved|approval|adoption|" +
      "accumulat*|strong|stronger|best|great|amazing|love|loving|optimistic|confident|congrats|win|wins|winning|" +
      "buy the dip|buying the dip|diamond hands|lfg|wagmi|undervalued|outperform*|🚀|📈|💎",
  ),
  ...list(
    "en",
    -1,
    "bearish|bear market|crash|crashed|crashing|dump|dumps|dumped|dumping|rekt|rug pull|rugged|rug|scam*|ponzi|liquidat*|" +
      "plung*|plummet*|tank|tanks|tanked|tanking|collaps*|bleeding|fear|panic*|capitulat*|loss|losses|lost|hack|hacked|" +
      "frozen|sue|sues|lawsuit|bubble|dead cat|worst|terrible|ugly|weak|downtrend|downside|fail|fails|failed|fud|ngmi|" +
      "bankrupt*|broke|garbage|regret|going to zero|dead|sell off|selloff|overvalued|📉|😭|😱",
  ),
];
