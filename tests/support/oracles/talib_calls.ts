import { indicators } from "../../../collector/indicators/list.ts";

/** The calls of TA-Lib that the declared indicators name, as the oracles take them. */
export const talibCalls = indicators.flatMap(
  ({ talib, inputs, parameters, columns }) =>
    talib
      ? [{
        name: talib.name,
        inputs,
        arguments: talib.arguments ?? parameters,
        results: (talib.results ?? Object.keys(columns)) as (string | null)[],
      }]
      : [],
);
