"""TA-Lib's indicators of the series on stdin.

In:  {"calls": [{"name": "BBANDS", "inputs": ["close"], "arguments": [20, 2, 2], "results": ["bb_upper", null, ...]}],
      "series": [{"high": [...], "low": [...], "close": [...], "volume": [...], "sessions": [first bars]}, ...]}
Out: [{"bb_upper": [...], ...}, ...], null where undefined.
"""
import json
import sys

import numpy as np
import talib


def called(calls, series):
    out = {}
    for call in calls:
        made = getattr(talib, call["name"])(
            *(series[name] for name in call["inputs"]), *call["arguments"]
        )
        made = made if isinstance(made, (list, tuple)) else [made]
        assert len(made) == len(call["results"]), f"{call['name']} gives {len(made)} results"
        out.update((name, values) for name, values in zip(call["results"], made) if name)
    return out


def indicators(calls, series):
    given = {
        name: np.array(series[name], dtype=float) for name in ("high", "low", "close", "volume")
    }
    out = called(calls, given)
    # TA-Lib's VWAP runs over what it is given: one session at a time.
    h, l, c, v = given.values()
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


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    json.dump([indicators(asked["calls"], series) for series in asked["series"]], sys.stdout)
