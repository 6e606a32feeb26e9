"""pandas and TA-Lib over a Parquet file of bars, into another: `bench_indicators.py IN OUT CALLS`.

CALLS are TA-Lib's as in indicators.py. Prints {"seconds": ..., "peak_mb": ...}. The same
indicators as the mart, for each market by itself; the bars have no gaps.
"""
import json
import resource
import sys
import time

import numpy as np
import pandas as pd
import talib
from indicators import called

calls = json.loads(sys.argv[3])
started = time.perf_counter()
bars = pd.read_parquet(
    sys.argv[1], columns=["venue", "market", "interval", "ts", "high", "low", "close", "volume"]
)


def indicators(g):
    h, l, c, v = (g[name].to_numpy(dtype=float) for name in ("high", "low", "close", "volume"))
    out = g[["venue", "market", "interval", "ts", "close"]].copy()
    for name, values in called(calls, dict(high=h, low=l, close=c, volume=v)).items():
        out[name] = values
    change = np.diff(c, prepend=np.nan)
    up = talib.SUM(np.nan_to_num(np.maximum(change, 0)), 240)
    down = talib.SUM(np.nan_to_num(np.maximum(-change, 0)), 240)
    out["up_share240"] = np.where(np.arange(len(c)) < 240, np.nan, up / (up + down))
    typical = (h + l + c) / 3
    day = g["ts"].dt.floor("D")
    weighted = pd.Series(typical * v, index=g.index)
    out["vwap"] = weighted.groupby(day).cumsum() / g["volume"].groupby(day).cumsum()
    out["vwap240"] = talib.SUM(typical * v, 240) / talib.SUM(v, 240)
    middle = {n: (talib.MAX(h, n) + talib.MIN(l, n)) / 2 for n in (9, 26, 52)}
    lead_a = (middle[9] + middle[26]) / 2
    out["ichimoku_conversion"], out["ichimoku_base"] = middle[9], middle[26]
    out["ichimoku_lead_a"], out["ichimoku_lead_b"] = lead_a, middle[52]
    out["ichimoku_span_a"] = pd.Series(lead_a, index=g.index).shift(26)
    out["ichimoku_span_b"] = pd.Series(middle[52], index=g.index).shift(26)
    return out


made = pd.concat(
    [indicators(g) for _, g in bars.groupby(["venue", "market", "interval"], sort=True)]
)
made.to_parquet(sys.argv[2], compression="zstd", index=False)
json.dump(
    {
        "seconds": time.perf_counter() - started,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
    },
    sys.stdout,
)
