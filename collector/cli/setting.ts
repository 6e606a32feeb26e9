/** Kinds of values that more than one part of the configuration has. */
import { z } from "zod";

/** How often: `5m`, `1h`; see `cronSchedule`. */
export const every = z.string().regex(
  /^([1-9]|[1-5]\d)m$|^([1-9]|1\d|2[0-3])h$/,
  'must be a whole number of minutes or hours such as "5m" or "1h"',
);

/** A length of time: `20s`, `5m`, `1h`; see `parseDuration`. */
export const span = z.string().regex(
  /^[1-9]\d*[smhd]$/,
  'must be a length of time such as "30s", "5m" or "1h"',
);

/** The address of pages. */
export const httpUrl = z.url({ protocol: /^https?$/ });

/** The address of a socket. */
export const socketUrl = z.url({ protocol: /^wss?$/ });
