"""What statsmodels, scipy and arch say of the series on standard input.

In: {"pairs": [{"name", "x": [...], "y": [...]}], null where unknown; "bootstrap": {...}}.
Out: one object a pair, null where the library gives none.
"""
import json
import math
import sys
import warnings

import numpy as np
import pandas as pd
from arch.bootstrap import StationaryBootstrap, optimal_block_length
from scipy import stats
from statsmodels.api import OLS, add_constant
from statsmodels.stats.multitest import multipletests
from statsmodels.tsa.ar_model import AutoReg, ar_select_order
from statsmodels.tsa.api import VAR
from statsmodels.tsa.stattools import acf, adfuller, grangercausalitytests, kpss

warnings.simplefilter("ignore")


def plain(value):
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(v) for v in value]
    if isinstance(value, (float, np.floating)):
        return None if math.isnan(value) or math.isinf(value) else float(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    return value


def attempt(function):
    try:
        return function()
    except Exception:
        return None


def unit_root(x, regression):
    statistic, p, lags, n = adfuller(x, regression=regression, autolag="AIC")[:4]
    return {"statistic": statistic, "p": p, "lags": lags, "n": n}


def level(x, nlags):
    statistic, p, lags = kpss(x, nlags=nlags)[:3]
    return {"statistic": statistic, "p": p, "lags": lags}


def autoregression(x):
    order = ar_select_order(x, maxlag=max(1, int(10 * math.log10(len(x)))), ic="bic")
    lags = len(order.ar_lags) if order.ar_lags is not None else 0
    fit = AutoReg(x, lags=lags).fit()
    return {"order": lags, "params": fit.params}


def newey_west(x, y):
    standard = lambda v: (v - v.mean()) / v.std()
    lags = int(4 * (len(x) / 100) ** (2 / 9))
    fit = OLS(standard(y), add_constant(standard(x))).fit(
        cov_type="HAC", cov_kwds={"maxlags": lags}
    )
    return {"slope": fit.params[1], "error": fit.bse[1], "p": fit.pvalues[1], "lags": lags}


def granger(cause, effect, lags):
    frame = pd.DataFrame({"effect": effect, "cause": cause})
    f, p, df2, df1 = grangercausalitytests(frame, [lags])[lags][0]["ssr_ftest"]
    return {"F": f, "p": p, "df1": df1, "df2": df2}


def orders(x, y):
    chosen = VAR(np.column_stack([x, y])).select_order(maxlags=8)
    # Orders from 1 on: with none there is nothing to test.
    return {
        name: int(1 + np.argmin(chosen.ics[name][1:])) for name in ("aic", "bic")
    }


def toda_yamamoto(cause, effect, lags):
    n = len(cause)
    columns = [np.ones(n - lags - 1)]
    for series in (effect, cause):
        columns += [series[lags + 1 - i : n - i] for i in range(1, lags + 2)]
    fit = OLS(effect[lags + 1 :], np.column_stack(columns)).fit()
    test = np.zeros((lags, len(columns)))
    for i in range(lags):
        test[i, 1 + lags + 1 + i] = 1
    result = fit.f_test(test)
    return {"F": result.fvalue, "p": result.pvalue, "df2": result.df_denom}


def bartlett(x, y):
    """n_eff by its definition, with the truncation that the code states."""
    n = len(x)
    rx, ry = (acf(v, nlags=n // 2, adjusted=False, fft=False) for v in (x, y))
    total = 0.0
    for k in range(1, n // 2 + 1):
        product = rx[k] * ry[k]
        if k > int(math.sqrt(n)) and not product > 0:
            break
        total += (1 - k / n) * product
    inflation = 1 + 2 * total
    return max(3.0, min(n, n / inflation if inflation > 0 else n))


def partial(x, y):
    hours = np.arange(len(x))
    dummies = pd.concat(
        [
            pd.get_dummies(hours % 24, drop_first=True, dtype=float),
            pd.get_dummies(hours // 24 % 7, drop_first=True, dtype=float),
        ],
        axis=1,
    ).to_numpy()
    keep = ~(np.isnan(x) | np.isnan(y))
    rest = [OLS(v[keep], add_constant(dummies[keep])).fit().resid for v in (x, y)]
    return np.corrcoef(*rest)[0, 1]


def block(x, y):
    product = (x - x.mean()) / x.std() * ((y - y.mean()) / y.std())
    return optimal_block_length(product)["stationary"].iloc[0]


def cross(x, y, lags):
    frame = pd.DataFrame({"x": x, "y": y})
    return [frame.x.shift(k).corr(frame.y) for k in range(-lags, lags + 1)]


def prewhitened(x, y, lags):
    model = autoregression(x)
    def filtered(v):
        out = v - model["params"][0]
        for i in range(1, model["order"] + 1):
            shifted = np.concatenate([np.full(i, np.nan), v[:-i]])
            out = out - model["params"][i] * shifted
        return out
    return cross(filtered(x), filtered(y), lags)


def pair(x, y):
    keep = ~(np.isnan(x) | np.isnan(y))
    a, b = x[keep], y[keep]
    whole = keep.all()
    n = len(x)
    rolling = pd.DataFrame(
        {"x": x, "y": y}, index=pd.date_range("2024-01-01", periods=n, freq="h")
    ).rolling("2D", min_periods=10)
    out = {
        "pearson": attempt(lambda: stats.pearsonr(a, b).statistic),
        "pearson_p": attempt(lambda: stats.pearsonr(a, b).pvalue),
        "spearman": attempt(lambda: stats.spearmanr(a, b).statistic),
        "kendall": attempt(lambda: stats.kendalltau(a, b).statistic),
        "newey_west": attempt(lambda: newey_west(a, b)),
        "block": attempt(lambda: block(a, b)),
        "partial": attempt(lambda: partial(x, y)),
        "rolling": attempt(
            lambda: rolling.corr().xs("y", level=1)["x"].replace([np.inf, -np.inf], np.nan)
        ),
        "cross": attempt(lambda: cross(x, y, 5)),
        "acf": attempt(
            lambda: acf(x, nlags=10, missing="conservative", adjusted=False, fft=False)
        ),
    }
    out["rolling"] = None if out["rolling"] is None else list(out["rolling"])
    if whole:
        out |= {
            "adf": attempt(lambda: unit_root(x, "c")),
            "adf_trend": attempt(lambda: unit_root(x, "ct")),
            "kpss": attempt(lambda: level(x, "auto")),
            "kpss_schwert": attempt(lambda: level(x, "legacy")),
            "autoregression": attempt(lambda: autoregression(x)),
            "granger": attempt(lambda: granger(x, y, 3)),
            "granger_back": attempt(lambda: granger(y, x, 3)),
            "toda_yamamoto": attempt(lambda: toda_yamamoto(x, y, 2)),
            "orders": attempt(lambda: orders(x, y)),
            "n_effective": attempt(lambda: bartlett(x, y)),
            "prewhitened": attempt(lambda: prewhitened(x, y, 5)),
        }
    return out


def bootstrap(x, y, mean_block):
    draws = StationaryBootstrap(mean_block, x, y, seed=7).apply(
        lambda a, b: np.corrcoef(a, b)[0, 1], 4000
    )[:, 0]
    return {
        "low": np.quantile(draws, 0.025),
        "high": np.quantile(draws, 0.975),
        "error": draws.std(ddof=1),
    }


def main():
    given = json.load(sys.stdin)
    series = lambda v: np.array([math.nan if e is None else e for e in v], float)
    out = {"pairs": [pair(series(p["x"]), series(p["y"])) for p in given["pairs"]]}
    if "bootstrap" in given:
        b = given["bootstrap"]
        out["bootstrap"] = bootstrap(series(b["x"]), series(b["y"]), b["block"])
    if "p" in given:
        out["bh"] = multipletests(given["p"], method="fdr_bh")[1]
    json.dump(plain(out), sys.stdout)


main()
