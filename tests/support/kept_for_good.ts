import { checkConfig, type KeepDays } from "../../collector/config.ts";

const NULLS = { "1m": null, "5m": null, "15m": null };

/** Every interval for good, so that no series begins anew. */
export const KEPT_FOR_GOOD: KeepDays = checkConfig({
  keepDays: { indicators: NULLS, signals: NULLS },
}, "a test").keepDays;
