/** What a backup says of itself: `backups/<when>.json` of its folder. */
import { z } from "zod";

/** A stored object: its bytes' SHA-256 is its name. */
const object = z.strictObject({
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: z.int().min(0),
});

const part = object.extend({
  /** The UTC day of a table that is kept by days, else empty. */
  day: z.string().regex(/^(\d{4}-\d\d-\d\d)?$/),
  rows: z.int().min(0),
  /** Of the rows' text, before it was compressed. */
  content: z.string(),
  /** What the database says of the part without its rows being read; null where it says nothing. */
  print: z.string().nullable(),
});

const table = z.strictObject({
  name: z.string().regex(/^\w+$/),
  columns: z.array(z.string().regex(/^\w+$/)),
  parts: z.array(part),
});

const file = object.extend({
  /** Below the data folder. */
  path: z.string().regex(/^(lake|marts|demo\.json)(?!.*(^|\/)\.\.(\/|$))/),
  /** Milliseconds since 1970: with its size, how a file is known again. */
  modified: z.number(),
});

/** The schema of a record. */
export const recordSchema = z.strictObject({
  format: z.literal(1),
  /** ISO, UTC. */
  made_at: z.iso.datetime(),
  crowdtape: z.string(),
  /** The newest migration of the database. */
  migration: z.string(),
  /** The number that its next transaction would have had. */
  next_transaction: z.string().regex(/^\d+$/),
  tables: z.array(table),
  files: z.array(file),
});

/** A backup, as it is written down. */
export type BackupRecord = z.output<typeof recordSchema>;
/** A table of it. */
export type BackupTable = z.output<typeof table>;
/** A part of a table. */
export type BackupPart = z.output<typeof part>;
/** A file of it. */
export type BackupFile = z.output<typeof file>;
