"""pandas and TA-Lib over a Parquet file of bars, into another: `bench_indicators.py IN OUT`.

Prints {"seconds": ..., "peak_mb": ...}. The same indicators as the mart, for
each market by itself; the bars have no gaps.
"""
import json
import resource
import sys
import time

import numpy as np
import pandas as pd
import talib

started = time.perf_counter()
bars = pd.read_parquet(
    sys.argv[1], columns=["venue", "market", "interval", "ts", "high", "low", "close", "volume"]
)


def indicators(g):
    h, l, c, v = (g[name].to_numpy(dtype=float) for name in ("high", "low", "close", "volume"))
    out = g[["venue", "market", "interval", "ts", "close"]].copy()
    for n in (20, 60, 240):
        out[f"sma{n}"] = talib.SMA(c, n)
    for n in (12, 26):
        out[f"ema{n}"] = talib.EMA(c, n)
    out["bb_upper"], out["bb_middle"], out["bb_lower"] = talib.BBANDS(c, 20, 2.0, 2.0)
    out["bb240_upper"], _, out["bb240_lower"] = talib.BBANDS(c, 240, 2.0, 2.0)
    out["rsi14"] = talib.RSI(c, 14)
    out["macd"], out["macd_signal"], out["macd_hist"] = talib.MACD(c, 12, 26, 9)
    change = np.diff(c, prepend=np.nan)
    up = talib.SUM(np.nan_to_num(np.maximum(change, 0)), 240)
    down = talib.SUM(np.nan_to_num(np.maximum(-change, 0)), 240)
    out["up_share240"] = np.where(np.arange(len(c)) < 240, np.nan, up / (up + down))
    out["atr14"] = talib.ATR(h, l, c, 14)
    out["obv"] = talib.OBV(c, v)
    out["cci20"] = talib.CCI(h, l, c, 20)
    out["stoch_k"], out["stoch_d"] = talib.STOCH(h, l, c, 14, 3, 0, 3, 0)
    out["adx14"] = talib.ADX(h, l, c, 14)
    out["mfi14"] = talib.MFI(h, l, c, v, 14)
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
