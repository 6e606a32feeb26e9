"""TA-Lib's indicators of the series on stdin.

In:  [{"high": [...], "low": [...], "close": [...], "volume": [...], "sessions": [first bars]}, ...]
Out: [{"sma20": [...], ...}, ...], null where undefined.
"""
import json
import sys

import numpy as np
import talib


def indicators(series):
    h, l, c, v = (
        np.array(series[name], dtype=float) for name in ("high", "low", "close", "volume")
    )
    out = {}
    for n in (20, 60, 240):
        out[f"sma{n}"] = talib.SMA(c, n)
    for n in (12, 26):
        out[f"ema{n}"] = talib.EMA(c, n)
    out["bb_upper"], out["bb_middle"], out["bb_lower"] = talib.BBANDS(c, 20, 2.0, 2.0)
    out["bb240_upper"], _, out["bb240_lower"] = talib.BBANDS(c, 240, 2.0, 2.0)
    out["rsi14"] = talib.RSI(c, 14)
    out["macd"], out["macd_signal"], out["macd_hist"] = talib.MACD(c, 12, 26, 9)
    out["atr14"] = talib.ATR(h, l, c, 14)
    out["obv"] = talib.OBV(c, v)
    out["cci20"] = talib.CCI(h, l, c, 20)
    out["stoch_k"], out["stoch_d"] = talib.STOCH(h, l, c, 14, 3, 0, 3, 0)
    out["adx14"] = talib.ADX(h, l, c, 14)
    out["mfi14"] = talib.MFI(h, l, c, v, 14)
    # TA-Lib's VWAP runs over what it is given: one session at a time.
    vwap = np.full(len(c), np.nan)
    starts = series["sessions"]
    for first, after in zip(starts, starts[1:] + [len(c)]):
        day = slice(first, after)
        traded = np.cumsum(v[day]) > 0
        vwap[day] = np.where(traded, talib.VWAP(h[day], l[day], c[day], v[day]), np.nan)
    out["vwap"] = vwap
    return {
        name: [None if np.isnan(x) else x for x in values.tolist()]
        for name, values in out.items()
    }


json.dump([indicators(series) for series in json.load(sys.stdin)], sys.stdout)
