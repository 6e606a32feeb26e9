import assert from "node:assert/strict";
import { coinsIn, makeDictionary } from "../../analytics/talk/dictionary.ts";

const dictionary = makeDictionary([
  { base: "BTC", korean_name: "비트코인", english_name: "Bitcoin" },
  { base: "VET", korean_name: "비체인", english_name: "VeChain" },
  { base: "STORJ", korean_name: "스토리지", english_name: "Storj" },
  { base: "FLOW", korean_name: "플로우", english_name: "Flow" },
  { base: "BORA", korean_name: "보라", english_name: "BORA" },
  { base: "KRW", korean_name: "원화", english_name: "Won" },
]);
const coins = (text: string) => coinsIn(text, dictionary).join(",");

/** What a text names; '' is no coin. */
const cases: Record<string, [text: string, coins: string][]> = {
  "the traps": [
    ["경기도지사 선거", ""],
    ["도지사가 발표했다", ""],
    ["비트겟 이벤트", ""],
    ["업비트 점검", ""],
    ["업비트에서 샀다", ""],
    ["빗썸 입금", ""],
    ["솔직히 이건 아니다", ""],
    ["솔로 투자자", ""],
    ["리플 달아줘", ""],
    ["리플 좀 남겨라", ""],
    ["리플을 읽어봐", ""],
    ["댓글 리플", ""],
    ["그 사람이더라", ""],
    ["이더라 하던데", ""],
    ["이더넷 케이블", ""],
    ["세이브 파일", ""],
    ["수이가 그랬어", ""],
    ["에이다 러브레이스 전기", ""],
    ["64비트 운영체제", ""],
    ["힙합 비트 만들기", ""],
  ],
  "Korean names, alone or with a particle": [
    ["비트 오르네", "BTC"],
    ["비트코인은 간다", "BTC"],
    ["이더가 더 낫다", "ETH"],
    ["리플 떡상", "XRP"],
    ["리플이 왜 이러냐", "XRP"],
    ["솔 떡상 가즈아", "SOL"],
    ["도지로 몰빵", "DOGE"],
    ["도지만 오르네", "DOGE"],
    ["수이 손절했다", "SUI"],
    ["세이 상장 호재", "SEI"],
    ["에이다 물렸다", "ADA"],
    ["이더, 리플, 비트", "BTC,ETH,XRP"],
    ["비트ㅋㅋㅋ", "BTC"],
    ["비체인 샀다", "VET"],
    ["보라색 옷", ""],
    ["보라코인 샀다", "BORA"],
  ],
  "only a particle may follow": [
    ["이더리움이더라", ""],
    ["비트코이너들", ""],
    ["스토리지 서버", "STORJ"],
  ],
  "the longest name wins": [
    ["비트코인캐시 간다", "BCH"],
    ["이더리움클래식 매수", "ETC"],
    ["비트토렌트", "BTT"],
    ["bitcoin cash is up", "BCH"],
    ["ethereum classic", "ETC"],
  ],
  "English names and codes": [
    ["Bitcoin and ETHEREUM", "BTC,ETH"],
    ["#bitcoin -is:retweet", "BTC"],
    ["BTC 9천만", "BTC"],
    ["BTC가 간다", "BTC"],
    ["btc is low", ""],
    ["$btc is low", "BTC"],
    ["$NEAR and $T", "NEAR,T"],
    ["STAY NEAR ME AND CALL", ""],
    ["NO ONE HAS GAS, SHOW ID", ""],
    ["a T shirt", ""],
    ["go with the flow", ""],
    ["$FLOW", "FLOW"],
    ["BTCC sells ABTC", ""],
    ["https://bitcoin.example/ETH", ""],
    ["@bitcoin said so", ""],
    ["1000 KRW", ""],
  ],
};

for (const [name, texts] of Object.entries(cases)) {
  Deno.test(`coins in a text: ${name}`, () => {
    for (const [text, expected] of texts) {
      assert.equal(coins(text), expected, text);
    }
  });
}

Deno.test("a coin is named once in a text, however often it stands there", () => {
  assert.equal(coins("비트 비트코인 BTC $BTC bitcoin"), "BTC");
});

Deno.test("a listed name that a built-in coin has stays with that coin", () => {
  const odd = makeDictionary([
    { base: "FAKE", korean_name: "비트코인", english_name: "Bitcoin" },
  ]);
  assert.deepEqual(coinsIn("비트코인 bitcoin", odd), ["BTC"]);
  assert.deepEqual(coinsIn("FAKE 떡상", odd), ["FAKE"]);
});
