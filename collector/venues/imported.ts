import type { VenueFacts } from "./venue.ts";

/** Venues that are not collected; a history of theirs can be imported from files. */
export const imported: VenueFacts[] = [
  {
    id: "korbit",
    names: { en: "Korbit", ko: "코빗" },
    region: "Korea",
    fees: {
      taker: [],
      withdrawal: [],
    },
  },
  {
    id: "gate",
    names: { en: "Gate", ko: "게이트" },
    region: "Asia",
    fees: {
      taker: [{
        from: "2025-01-01",
        taker: 0.002,
        source:
          "spot, lowest tier without a discount; assumed, to be checked against the venue's schedule",
      }],
      withdrawal: [],
    },
  },
  {
    id: "kraken",
    names: { en: "Kraken", ko: "크라켄" },
    region: "global",
    fees: {
      taker: [{
        from: "2025-01-01",
        taker: 0.004,
        source:
          "spot, lowest tier without a discount; assumed, to be checked against the venue's schedule",
      }],
      withdrawal: [],
    },
  },
];
