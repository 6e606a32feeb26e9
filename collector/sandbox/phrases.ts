import type { Random } from "./random.ts";

const coins = ["비트", "비트코인", "이더", "이더리움", "리플", "알트", "btc"];
const moves = [
  "오르네",
  "내리네",
  "횡보하네",
  "반등 나오나",
  "눌림 오나",
  "거래량 터졌다",
  "왜 이러냐",
  "드디어 간다",
  "물렸다",
  "이제 시작이냐",
];
const doings = [
  "존버한다",
  "손절했다",
  "분할로 담는 중",
  "오늘은 관망",
  "평단 낮췄다",
  "반만 정리함",
  "지금 들어가도 되냐",
  "매수벽 봐라",
  "호가창 보는 중",
  "그냥 자러 간다",
];
const tails = [
  "",
  "",
  "",
  " ㅋㅋ",
  " ㅋㅋㅋㅋ",
  " ㄷㄷ",
  "...",
  "?",
  " 🚀",
  " 📉",
  " ㅠㅠ",
];
const asks = [
  "김프 지금 몇 퍼냐",
  "오늘 지표 발표 몇 시임?",
  "수수료 제일 싼 데 어디냐",
  "초보인데 어디서부터 공부함?",
  "차트 어떻게 보는 거임",
  "다들 평단 얼마냐",
];
const notes = [
  "거래량 & 가격 같이 봐야 됨",
  "지지선 < 지금 가격 < 저항선",
  "새벽에 안 자는 사람 손 👨‍💻",
  "어제 판 사람 나야 나",
  "점심 뭐 먹냐",
  "오늘 갤 조용하네",
  "오늘 갤 왜 이렇게 시끄럽냐",
];
const replies = [
  "ㅇㅈ",
  "그건 아닌 듯",
  "나도 물렸다",
  "조금만 기다려 봐",
  "거래량 보면 답 나옴",
  "지금은 쉬는 것도 투자임",
  "ㅋㅋㅋㅋㅋ",
  "출처 있음?",
  "차트 보면 아직 멀었다",
  "축하한다",
  "힘내라 진짜",
  "오늘 밤에 움직일 듯",
  "평단 얼마임?",
  "알트는 좀 다르게 봐야지",
];
const nicks = [
  "ㅇㅇ",
  "ㅇㅇ",
  "비갤러",
  "비갤러",
  "호가창지기",
  "새벽차트",
  "존버하는곰",
  "분할매수요정",
  "양봉수집가",
  "졸린고래",
  "라면먹는황소",
  "평단수호자",
];

/** A figure as people throw one in, so that few texts say quite the same. */
function figure(random: Random): string {
  const draw = random.next();
  const amount = 1 + random.below(999);
  if (draw < 0.25) return ` ${(amount / 10).toFixed(1)}%`;
  if (draw < 0.4) return ` -${(amount / 20).toFixed(1)}%`;
  if (draw < 0.65) return ` ${amount}만원`;
  return "";
}

/** What the coins of the simulated markets are called. */
const called = { BTC: "비트코인", ETH: "이더리움", XRP: "리플" };

/** A coin of the simulated markets. */
export type SimulatedCoin = keyof typeof called;

/**
 * A short title about coins, as plain text.
 * @param coin the one that it is about; default: any, or none
 */
export function title(random: Random, coin?: SimulatedCoin): string {
  const said = coin
    ? `${called[coin]} ${random.pick(random.next() < 0.5 ? moves : doings)}`
    : about(random);
  return said + figure(random) + random.pick(tails);
}

function about(random: Random): string {
  const draw = random.next();
  if (draw < 0.45) {
    return `${random.pick(coins)} ${random.pick(moves)}`;
  }
  if (draw < 0.75) {
    return `${random.pick(coins)} ${random.pick(doings)}`;
  }
  return random.pick(draw < 0.88 ? asks : notes);
}

/** A comment, as plain text. */
export const reply = (random: Random): string =>
  random.pick(replies) + random.pick(tails);

/** Who wrote it: an anonymous one shows a part of an address, a member a name. */
export interface Writer {
  nick: string;
  uid: string;
  ip: string;
}

/** An invented writer. */
export function writer(random: Random): Writer {
  const nick = random.pick(nicks);
  if (nick === "ㅇㅇ" || nick === "비갤러") {
    const ip = `${1 + random.below(222)}.${random.below(256)}`;
    return { nick, uid: "", ip };
  }
  return {
    nick,
    uid: `writer${nicks.indexOf(nick)}x${random.below(40)}`,
    ip: "",
  };
}
