// Made by `supabase gen types`; tests/database/types_test.ts says how and holds it to the tables.
export type Json = string | number | boolean | null | {
  [key: string]: Json | undefined;
} | Json[];

export type Database = {
  "public": {
    Tables: {
      "anchors": {
        Row: {
          "market": string;
          "read_at": string;
          "trade_id": number;
          "venue": string;
        };
        ComputedFields: never;
        Insert: {
          "market": string;
          "read_at"?: string;
          "trade_id": number;
          "venue": string;
        };
        Update: {
          "market"?: string;
          "read_at"?: string;
          "trade_id"?: number;
          "venue"?: string;
        };
        Relationships: [];
      };
      "books": {
        Row: {
          "asks": NonNullable<Json>;
          "bids": NonNullable<Json>;
          "market": string;
          "received_at": string;
          "ts": string;
          "venue": string;
          "written": number;
        };
        ComputedFields: never;
        Insert: {
          "asks": NonNullable<Json>;
          "bids": NonNullable<Json>;
          "market": string;
          "received_at": string;
          "ts": string;
          "venue": string;
          "written"?: number;
        };
        Update: {
          "asks"?: NonNullable<Json>;
          "bids"?: NonNullable<Json>;
          "market"?: string;
          "received_at"?: string;
          "ts"?: string;
          "venue"?: string;
          "written"?: number;
        };
        Relationships: [];
      };
      "candles": {
        Row: {
          "agrees": boolean | null;
          "close": number;
          "high": number;
          "interval": string;
          "low": number;
          "market": string;
          "open": number;
          "quote_volume": number | null;
          "received_at": string;
          "revision": number;
          "source": string;
          "state": string;
          "trade_count": number | null;
          "ts": string;
          "venue": string;
          "volume": number;
          "written": number;
        };
        ComputedFields: never;
        Insert: {
          "agrees"?: boolean | null;
          "close": number;
          "high": number;
          "interval": string;
          "low": number;
          "market": string;
          "open": number;
          "quote_volume"?: number | null;
          "received_at": string;
          "revision"?: number;
          "source": string;
          "state": string;
          "trade_count"?: number | null;
          "ts": string;
          "venue": string;
          "volume": number;
          "written"?: number;
        };
        Update: {
          "agrees"?: boolean | null;
          "close"?: number;
          "high"?: number;
          "interval"?: string;
          "low"?: number;
          "market"?: string;
          "open"?: number;
          "quote_volume"?: number | null;
          "received_at"?: string;
          "revision"?: number;
          "source"?: string;
          "state"?: string;
          "trade_count"?: number | null;
          "ts"?: string;
          "venue"?: string;
          "volume"?: number;
          "written"?: number;
        };
        Relationships: [];
      };
      "clock_offsets": {
        Row: {
          "collector": string;
          "measured_at": string;
          "method": string;
          "offset_ms": number;
          "source": string;
        };
        ComputedFields: never;
        Insert: {
          "collector": string;
          "measured_at"?: string;
          "method": string;
          "offset_ms": number;
          "source": string;
        };
        Update: {
          "collector"?: string;
          "measured_at"?: string;
          "method"?: string;
          "offset_ms"?: number;
          "source"?: string;
        };
        Relationships: [];
      };
      "collectors": {
        Row: {
          "began_at": string;
          "collector": string;
          "seen_at": string;
          "sockets": NonNullable<Json>;
          "streams": NonNullable<Json>;
        };
        ComputedFields: never;
        Insert: {
          "began_at"?: string;
          "collector": string;
          "seen_at"?: string;
          "sockets"?: NonNullable<Json>;
          "streams"?: NonNullable<Json>;
        };
        Update: {
          "began_at"?: string;
          "collector"?: string;
          "seen_at"?: string;
          "sockets"?: NonNullable<Json>;
          "streams"?: NonNullable<Json>;
        };
        Relationships: [];
      };
      "comments": {
        Row: {
          "author_hash": string | null;
          "author_kind": string | null;
          "board": string;
          "comment_id": number;
          "deleted": boolean;
          "first_seen": string;
          "parent_id": number | null;
          "post_id": number;
          "source": string;
          "text": string | null;
          "ts": string;
          "written": number;
        };
        ComputedFields: never;
        Insert: {
          "author_hash"?: string | null;
          "author_kind"?: string | null;
          "board": string;
          "comment_id": number;
          "deleted"?: boolean;
          "first_seen": string;
          "parent_id"?: number | null;
          "post_id": number;
          "source": string;
          "text"?: string | null;
          "ts": string;
          "written"?: number;
        };
        Update: {
          "author_hash"?: string | null;
          "author_kind"?: string | null;
          "board"?: string;
          "comment_id"?: number;
          "deleted"?: boolean;
          "first_seen"?: string;
          "parent_id"?: number | null;
          "post_id"?: number;
          "source"?: string;
          "text"?: string | null;
          "ts"?: string;
          "written"?: number;
        };
        Relationships: [];
      };
      "counts": {
        Row: {
          "bucket": string;
          "complete": boolean;
          "count": number;
          "first_count": number;
          "observed_at": string;
          "query": string;
          "source": string;
          "ts": string;
          "written": number;
        };
        ComputedFields: never;
        Insert: {
          "bucket": string;
          "complete": boolean;
          "count": number;
          "first_count": number;
          "observed_at": string;
          "query": string;
          "source": string;
          "ts": string;
          "written"?: number;
        };
        Update: {
          "bucket"?: string;
          "complete"?: boolean;
          "count"?: number;
          "first_count"?: number;
          "observed_at"?: string;
          "query"?: string;
          "source"?: string;
          "ts"?: string;
          "written"?: number;
        };
        Relationships: [];
      };
      "cursors": {
        Row: {
          "cursor": number;
          "place": string;
          "since": number;
          "source": string;
          "subject": string;
          "updated_at": string;
        };
        ComputedFields: never;
        Insert: {
          "cursor": number;
          "place": string;
          "since": number;
          "source": string;
          "subject": string;
          "updated_at"?: string;
        };
        Update: {
          "cursor"?: number;
          "place"?: string;
          "since"?: number;
          "source"?: string;
          "subject"?: string;
          "updated_at"?: string;
        };
        Relationships: [];
      };
      "forecasts": {
        Row: {
          "data_to": string;
          "issued_at": string;
          "market": string;
          "model": string;
          "model_version": string;
          "origin": string;
          "quantity": string;
          "target_from": string;
          "target_to": string;
          "trained_to": string | null;
          "value": number;
          "venue": string;
          "written": number;
        };
        ComputedFields: never;
        Insert: {
          "data_to": string;
          "issued_at": string;
          "market": string;
          "model": string;
          "model_version": string;
          "origin": string;
          "quantity": string;
          "target_from": string;
          "target_to": string;
          "trained_to"?: string | null;
          "value": number;
          "venue": string;
          "written"?: number;
        };
        Update: {
          "data_to"?: string;
          "issued_at"?: string;
          "market"?: string;
          "model"?: string;
          "model_version"?: string;
          "origin"?: string;
          "quantity"?: string;
          "target_from"?: string;
          "target_to"?: string;
          "trained_to"?: string | null;
          "value"?: number;
          "venue"?: string;
          "written"?: number;
        };
        Relationships: [];
      };
      "gaps": {
        Row: {
          "absence": boolean;
          "attempts": number;
          "channel": string;
          "claimed_until": string | null;
          "clock_offset_ms": number | null;
          "closed_at": string | null;
          "detail": NonNullable<Json>;
          "ended_at": string | null;
          "from_id": number | null;
          "from_ts": string;
          "gap_id": number;
          "market": string;
          "next_span": string | null;
          "note": string | null;
          "note_detail": NonNullable<Json>;
          "opened_at": string;
          "reached_id": number | null;
          "reached_ts": string | null;
          "reason": string;
          "recovered": number;
          "span_id": string | null;
          "state": string;
          "to_id": number | null;
          "to_ts": string | null;
          "venue": string;
        };
        ComputedFields: never;
        Insert: {
          "absence"?: boolean;
          "attempts"?: number;
          "channel": string;
          "claimed_until"?: string | null;
          "clock_offset_ms"?: number | null;
          "closed_at"?: string | null;
          "detail"?: NonNullable<Json>;
          "ended_at"?: string | null;
          "from_id"?: number | null;
          "from_ts": string;
          "gap_id"?: never;
          "market": string;
          "next_span"?: string | null;
          "note"?: string | null;
          "note_detail"?: NonNullable<Json>;
          "opened_at"?: string;
          "reached_id"?: number | null;
          "reached_ts"?: string | null;
          "reason": string;
          "recovered"?: number;
          "span_id"?: string | null;
          "state"?: string;
          "to_id"?: number | null;
          "to_ts"?: string | null;
          "venue": string;
        };
        Update: {
          "absence"?: boolean;
          "attempts"?: number;
          "channel"?: string;
          "claimed_until"?: string | null;
          "clock_offset_ms"?: number | null;
          "closed_at"?: string | null;
          "detail"?: NonNullable<Json>;
          "ended_at"?: string | null;
          "from_id"?: number | null;
          "from_ts"?: string;
          "gap_id"?: never;
          "market"?: string;
          "next_span"?: string | null;
          "note"?: string | null;
          "note_detail"?: NonNullable<Json>;
          "opened_at"?: string;
          "reached_id"?: number | null;
          "reached_ts"?: string | null;
          "reason"?: string;
          "recovered"?: number;
          "span_id"?: string | null;
          "state"?: string;
          "to_id"?: number | null;
          "to_ts"?: string | null;
          "venue"?: string;
        };
        Relationships: [];
      };
      "id_checks": {
        Row: {
          "checked_at": string;
          "first_id": number;
          "last_id": number;
          "market": string;
          "missing": number;
          "since": string;
          "venue": string;
        };
        ComputedFields: never;
        Insert: {
          "checked_at"?: string;
          "first_id": number;
          "last_id": number;
          "market": string;
          "missing": number;
          "since"?: string;
          "venue": string;
        };
        Update: {
          "checked_at"?: string;
          "first_id"?: number;
          "last_id"?: number;
          "market"?: string;
          "missing"?: number;
          "since"?: string;
          "venue"?: string;
        };
        Relationships: [];
      };
      "imports": {
        Row: {
          "complete": boolean;
          "file": string;
          "first_id": number | null;
          "from_ts": string;
          "imported_at": string;
          "interval": string;
          "kind": string;
          "last_id": number | null;
          "market": string;
          "rejected": number;
          "rows": number;
          "to_ts": string;
          "venue": string;
        };
        ComputedFields: never;
        Insert: {
          "complete": boolean;
          "file": string;
          "first_id"?: number | null;
          "from_ts": string;
          "imported_at"?: string;
          "interval": string;
          "kind": string;
          "last_id"?: number | null;
          "market": string;
          "rejected": number;
          "rows": number;
          "to_ts": string;
          "venue": string;
        };
        Update: {
          "complete"?: boolean;
          "file"?: string;
          "first_id"?: number | null;
          "from_ts"?: string;
          "imported_at"?: string;
          "interval"?: string;
          "kind"?: string;
          "last_id"?: number | null;
          "market"?: string;
          "rejected"?: number;
          "rows"?: number;
          "to_ts"?: string;
          "venue"?: string;
        };
        Relationships: [];
      };
      "lake_files": {
        Row: {
          "bytes": number;
          "created_at": string;
          "date": string;
          "from_written": number;
          "path": string;
          "rows": number;
          "table": string;
          "to_written": number;
          "venue": string;
        };
        ComputedFields: never;
        Insert: {
          "bytes": number;
          "created_at"?: string;
          "date": string;
          "from_written": number;
          "path": string;
          "rows": number;
          "table": string;
          "to_written": number;
          "venue": string;
        };
        Update: {
          "bytes"?: number;
          "created_at"?: string;
          "date"?: string;
          "from_written"?: number;
          "path"?: string;
          "rows"?: number;
          "table"?: string;
          "to_written"?: number;
          "venue"?: string;
        };
        Relationships: [];
      };
      "lake_past": {
        Row: {
          "created_at": string;
          "date": string;
          "path": string;
          "removed_at": string;
          "table": string;
          "venue": string;
          "was": string;
        };
        ComputedFields: never;
        Insert: {
          "created_at": string;
          "date": string;
          "path": string;
          "removed_at": string;
          "table": string;
          "venue": string;
          "was": string;
        };
        Update: {
          "created_at"?: string;
          "date"?: string;
          "path"?: string;
          "removed_at"?: string;
          "table"?: string;
          "venue"?: string;
          "was"?: string;
        };
        Relationships: [];
      };
      "market_flags": {
        Row: {
          "ended_at": string | null;
          "first_seen": string;
          "flag": string;
          "last_seen": string;
          "market": string;
          "venue": string;
        };
        ComputedFields: never;
        Insert: {
          "ended_at"?: string | null;
          "first_seen": string;
          "flag": string;
          "last_seen": string;
          "market": string;
          "venue": string;
        };
        Update: {
          "ended_at"?: string | null;
          "first_seen"?: string;
          "flag"?: string;
          "last_seen"?: string;
          "market"?: string;
          "venue"?: string;
        };
        Relationships: [];
      };
      "markets": {
        Row: {
          "active": boolean;
          "base": string;
          "english_name": string | null;
          "first_seen": string;
          "korean_name": string | null;
          "last_seen": string;
          "market": string;
          "quote": string;
          "venue": string;
          "warning": string | null;
        };
        ComputedFields: never;
        Insert: {
          "active"?: boolean;
          "base": string;
          "english_name"?: string | null;
          "first_seen"?: string;
          "korean_name"?: string | null;
          "last_seen"?: string;
          "market": string;
          "quote": string;
          "venue": string;
          "warning"?: string | null;
        };
        Update: {
          "active"?: boolean;
          "base"?: string;
          "english_name"?: string | null;
          "first_seen"?: string;
          "korean_name"?: string | null;
          "last_seen"?: string;
          "market"?: string;
          "quote"?: string;
          "venue"?: string;
          "warning"?: string | null;
        };
        Relationships: [];
      };
      "observed": {
        Row: {
          "channels": (string)[];
          "collector": string;
          "ended": boolean;
          "from_ts": string;
          "imported": boolean;
          "markets": (string)[];
          "span_id": string;
          "to_ts": string;
          "venue": string;
        };
        ComputedFields: never;
        Insert: {
          "channels": (string)[];
          "collector": string;
          "ended"?: boolean;
          "from_ts": string;
          "imported"?: boolean;
          "markets": (string)[];
          "span_id": string;
          "to_ts": string;
          "venue": string;
        };
        Update: {
          "channels"?: (string)[];
          "collector"?: string;
          "ended"?: boolean;
          "from_ts"?: string;
          "imported"?: boolean;
          "markets"?: (string)[];
          "span_id"?: string;
          "to_ts"?: string;
          "venue"?: string;
        };
        Relationships: [];
      };
      "observed_ids": {
        Row: {
          "first_id": number;
          "last_id": number;
          "market": string;
          "span_id": string;
        };
        ComputedFields: never;
        Insert: {
          "first_id": number;
          "last_id": number;
          "market": string;
          "span_id": string;
        };
        Update: {
          "first_id"?: number;
          "last_id"?: number;
          "market"?: string;
          "span_id"?: string;
        };
        Relationships: [];
      };
      "posts": {
        Row: {
          "author_hash": string | null;
          "author_kind": string | null;
          "board": string;
          "comment_count": number;
          "comments_read": number;
          "deleted": boolean;
          "first_seen": string;
          "like_count": number | null;
          "observed_at": string;
          "post_id": number;
          "source": string;
          "title": string | null;
          "ts": string;
          "view_count": number | null;
          "written": number;
        };
        ComputedFields: never;
        Insert: {
          "author_hash"?: string | null;
          "author_kind"?: string | null;
          "board": string;
          "comment_count"?: number;
          "comments_read"?: number;
          "deleted"?: boolean;
          "first_seen": string;
          "like_count"?: number | null;
          "observed_at": string;
          "post_id": number;
          "source": string;
          "title"?: string | null;
          "ts": string;
          "view_count"?: number | null;
          "written"?: number;
        };
        Update: {
          "author_hash"?: string | null;
          "author_kind"?: string | null;
          "board"?: string;
          "comment_count"?: number;
          "comments_read"?: number;
          "deleted"?: boolean;
          "first_seen"?: string;
          "like_count"?: number | null;
          "observed_at"?: string;
          "post_id"?: number;
          "source"?: string;
          "title"?: string | null;
          "ts"?: string;
          "view_count"?: number | null;
          "written"?: number;
        };
        Relationships: [];
      };
      "published_attention": {
        Row: {
          "bucket": string;
          "coin": string | null;
          "count_complete": number | null;
          "count_deduplicated": number | null;
          "count_raw": number;
          "days": number | null;
          "expected": number | null;
          "expected_daily": number | null;
          "measure": string;
          "query": string | null;
          "share": number | null;
          "share_deduplicated": number | null;
          "source": string;
          "ts": string;
          "weeks": number | null;
          "z": number | null;
          "z_daily": number | null;
        };
        ComputedFields: never;
        Insert: {
          "bucket": string;
          "coin"?: string | null;
          "count_complete"?: number | null;
          "count_deduplicated"?: number | null;
          "count_raw": number;
          "days"?: number | null;
          "expected"?: number | null;
          "expected_daily"?: number | null;
          "measure": string;
          "query"?: string | null;
          "share"?: number | null;
          "share_deduplicated"?: number | null;
          "source": string;
          "ts": string;
          "weeks"?: number | null;
          "z"?: number | null;
          "z_daily"?: number | null;
        };
        Update: {
          "bucket"?: string;
          "coin"?: string | null;
          "count_complete"?: number | null;
          "count_deduplicated"?: number | null;
          "count_raw"?: number;
          "days"?: number | null;
          "expected"?: number | null;
          "expected_daily"?: number | null;
          "measure"?: string;
          "query"?: string | null;
          "share"?: number | null;
          "share_deduplicated"?: number | null;
          "source"?: string;
          "ts"?: string;
          "weeks"?: number | null;
          "z"?: number | null;
          "z_daily"?: number | null;
        };
        Relationships: [];
      };
      "published_correlation": {
        Row: {
          "against": string;
          "boot_high": number | null;
          "boot_low": number | null;
          "bucket": string;
          "high": number | null;
          "lag": number | null;
          "lag_minutes": number | null;
          "lag_p": number | null;
          "lag_r": number | null;
          "low": number | null;
          "market": string;
          "measure": string;
          "method": string;
          "n": number;
          "n_eff": number | null;
          "p": number | null;
          "p_adjusted": number | null;
          "query": string;
          "r": number | null;
          "source": string;
          "transform": string;
          "valid": boolean;
          "venue": string;
          "verdict": string;
          "verdict_en": string;
          "verdict_ko": string;
        };
        ComputedFields: never;
        Insert: {
          "against": string;
          "boot_high"?: number | null;
          "boot_low"?: number | null;
          "bucket": string;
          "high"?: number | null;
          "lag"?: number | null;
          "lag_minutes"?: number | null;
          "lag_p"?: number | null;
          "lag_r"?: number | null;
          "low"?: number | null;
          "market": string;
          "measure": string;
          "method": string;
          "n": number;
          "n_eff"?: number | null;
          "p"?: number | null;
          "p_adjusted"?: number | null;
          "query": string;
          "r"?: number | null;
          "source": string;
          "transform": string;
          "valid": boolean;
          "venue": string;
          "verdict": string;
          "verdict_en": string;
          "verdict_ko": string;
        };
        Update: {
          "against"?: string;
          "boot_high"?: number | null;
          "boot_low"?: number | null;
          "bucket"?: string;
          "high"?: number | null;
          "lag"?: number | null;
          "lag_minutes"?: number | null;
          "lag_p"?: number | null;
          "lag_r"?: number | null;
          "low"?: number | null;
          "market"?: string;
          "measure"?: string;
          "method"?: string;
          "n"?: number;
          "n_eff"?: number | null;
          "p"?: number | null;
          "p_adjusted"?: number | null;
          "query"?: string;
          "r"?: number | null;
          "source"?: string;
          "transform"?: string;
          "valid"?: boolean;
          "venue"?: string;
          "verdict"?: string;
          "verdict_en"?: string;
          "verdict_ko"?: string;
        };
        Relationships: [];
      };
      "published_indicators": {
        Row: {
          "close": number;
          "interval": string;
          "market": string;
          "measures": (number)[];
          "ts": string;
          "venue": string;
        };
        ComputedFields: never;
        Insert: {
          "close": number;
          "interval": string;
          "market": string;
          "measures": (number)[];
          "ts": string;
          "venue": string;
        };
        Update: {
          "close"?: number;
          "interval"?: string;
          "market"?: string;
          "measures"?: (number)[];
          "ts"?: string;
          "venue"?: string;
        };
        Relationships: [];
      };
      "published_marts": {
        Row: {
          "from_ts": string | null;
          "mart": string;
          "measures": (string)[] | null;
          "published_at": string;
          "row_count": number;
          "to_ts": string | null;
        };
        ComputedFields: never;
        Insert: {
          "from_ts"?: string | null;
          "mart": string;
          "measures"?: (string)[] | null;
          "published_at": string;
          "row_count": number;
          "to_ts"?: string | null;
        };
        Update: {
          "from_ts"?: string | null;
          "mart"?: string;
          "measures"?: (string)[] | null;
          "published_at"?: string;
          "row_count"?: number;
          "to_ts"?: string | null;
        };
        Relationships: [];
      };
      "published_parts": {
        Row: {
          "bucket": string;
          "kind": string;
          "mart": string;
          "print": string;
          "ts": string;
        };
        ComputedFields: never;
        Insert: {
          "bucket": string;
          "kind": string;
          "mart": string;
          "print": string;
          "ts": string;
        };
        Update: {
          "bucket"?: string;
          "kind"?: string;
          "mart"?: string;
          "print"?: string;
          "ts"?: string;
        };
        Relationships: [];
      };
      "published_premium": {
        Row: {
          "base": string;
          "basis": string;
          "disagree": boolean | null;
          "fx": number | null;
          "fx_age_seconds": number | null;
          "fx_source": string | null;
          "global_market": string;
          "global_price": number | null;
          "global_venue": string;
          "korean_market": string;
          "korean_price": number | null;
          "korean_venue": string;
          "premium_fx": number | null;
          "premium_usdt": number | null;
          "stale": boolean | null;
          "tether": number | null;
          "ts": string;
          "usdt_age_seconds": number | null;
          "usdt_basis": string | null;
          "usdt_krw": number | null;
          "usdt_source": string | null;
        };
        ComputedFields: never;
        Insert: {
          "base": string;
          "basis": string;
          "disagree"?: boolean | null;
          "fx"?: number | null;
          "fx_age_seconds"?: number | null;
          "fx_source"?: string | null;
          "global_market": string;
          "global_price"?: number | null;
          "global_venue": string;
          "korean_market": string;
          "korean_price"?: number | null;
          "korean_venue": string;
          "premium_fx"?: number | null;
          "premium_usdt"?: number | null;
          "stale"?: boolean | null;
          "tether"?: number | null;
          "ts": string;
          "usdt_age_seconds"?: number | null;
          "usdt_basis"?: string | null;
          "usdt_krw"?: number | null;
          "usdt_source"?: string | null;
        };
        Update: {
          "base"?: string;
          "basis"?: string;
          "disagree"?: boolean | null;
          "fx"?: number | null;
          "fx_age_seconds"?: number | null;
          "fx_source"?: string | null;
          "global_market"?: string;
          "global_price"?: number | null;
          "global_venue"?: string;
          "korean_market"?: string;
          "korean_price"?: number | null;
          "korean_venue"?: string;
          "premium_fx"?: number | null;
          "premium_usdt"?: number | null;
          "stale"?: boolean | null;
          "tether"?: number | null;
          "ts"?: string;
          "usdt_age_seconds"?: number | null;
          "usdt_basis"?: string | null;
          "usdt_krw"?: number | null;
          "usdt_source"?: string | null;
        };
        Relationships: [];
      };
      "rates": {
        Row: {
          "base": string;
          "quote": string;
          "rate": number;
          "received_at": string;
          "source": string;
          "ts": string;
          "written": number;
        };
        ComputedFields: never;
        Insert: {
          "base": string;
          "quote": string;
          "rate": number;
          "received_at": string;
          "source": string;
          "ts": string;
          "written"?: number;
        };
        Update: {
          "base"?: string;
          "quote"?: string;
          "rate"?: number;
          "received_at"?: string;
          "source"?: string;
          "ts"?: string;
          "written"?: number;
        };
        Relationships: [];
      };
      "rejects": {
        Row: {
          "payload": string;
          "place": string;
          "reason": string;
          "received_at": string;
          "reject_id": number;
          "source": string;
        };
        ComputedFields: never;
        Insert: {
          "payload": string;
          "place": string;
          "reason": string;
          "received_at"?: string;
          "reject_id"?: never;
          "source": string;
        };
        Update: {
          "payload"?: string;
          "place"?: string;
          "reason"?: string;
          "received_at"?: string;
          "reject_id"?: never;
          "source"?: string;
        };
        Relationships: [];
      };
      "runs": {
        Row: {
          "attempt": number;
          "collector": string;
          "ended_at": string | null;
          "error": string | null;
          "round": string;
          "rows": number | null;
          "run_id": number;
          "source": string;
          "started_at": string;
          "state": string;
          "step": string;
          "units": number | null;
        };
        ComputedFields: never;
        Insert: {
          "attempt": number;
          "collector": string;
          "ended_at"?: string | null;
          "error"?: string | null;
          "round": string;
          "rows"?: number | null;
          "run_id"?: never;
          "source"?: string;
          "started_at"?: string;
          "state"?: string;
          "step": string;
          "units"?: number | null;
        };
        Update: {
          "attempt"?: number;
          "collector"?: string;
          "ended_at"?: string | null;
          "error"?: string | null;
          "round"?: string;
          "rows"?: number | null;
          "run_id"?: never;
          "source"?: string;
          "started_at"?: string;
          "state"?: string;
          "step"?: string;
          "units"?: number | null;
        };
        Relationships: [];
      };
      "stream_stats": {
        Row: {
          "chain_from_id": number | null;
          "chain_from_ts": string | null;
          "chain_to_id": number | null;
          "channel": string;
          "events": number;
          "first_id": number | null;
          "last_id": number | null;
          "last_received_at": string;
          "last_ts": string;
          "longest_pause": number;
          "news_at": string | null;
          "paused_from": string | null;
          "pauses": number;
          "source": string;
          "stream": string;
          "verified_id": number | null;
          "verified_ts": string | null;
        };
        ComputedFields: never;
        Insert: {
          "chain_from_id"?: number | null;
          "chain_from_ts"?: string | null;
          "chain_to_id"?: number | null;
          "channel": string;
          "events"?: number;
          "first_id"?: number | null;
          "last_id"?: number | null;
          "last_received_at": string;
          "last_ts": string;
          "longest_pause"?: number;
          "news_at"?: string | null;
          "paused_from"?: string | null;
          "pauses"?: number;
          "source": string;
          "stream": string;
          "verified_id"?: number | null;
          "verified_ts"?: string | null;
        };
        Update: {
          "chain_from_id"?: number | null;
          "chain_from_ts"?: string | null;
          "chain_to_id"?: number | null;
          "channel"?: string;
          "events"?: number;
          "first_id"?: number | null;
          "last_id"?: number | null;
          "last_received_at"?: string;
          "last_ts"?: string;
          "longest_pause"?: number;
          "news_at"?: string | null;
          "paused_from"?: string | null;
          "pauses"?: number;
          "source"?: string;
          "stream"?: string;
          "verified_id"?: number | null;
          "verified_ts"?: string | null;
        };
        Relationships: [];
      };
      "talk": {
        Row: {
          "board": string;
          "coins": string;
          "kind": string;
          "language": string;
          "length": number;
          "negative": number;
          "positive": number;
          "source": string;
          "text_hash": string;
          "text_id": number;
          "ts": string;
          "words": string;
          "written": number;
        };
        ComputedFields: never;
        Insert: {
          "board": string;
          "coins": string;
          "kind": string;
          "language": string;
          "length": number;
          "negative": number;
          "positive": number;
          "source": string;
          "text_hash": string;
          "text_id": number;
          "ts": string;
          "words": string;
          "written"?: number;
        };
        Update: {
          "board"?: string;
          "coins"?: string;
          "kind"?: string;
          "language"?: string;
          "length"?: number;
          "negative"?: number;
          "positive"?: number;
          "source"?: string;
          "text_hash"?: string;
          "text_id"?: number;
          "ts"?: string;
          "words"?: string;
          "written"?: number;
        };
        Relationships: [];
      };
      "talk_readings": {
        Row: {
          "kind": string;
          "read_to": number;
          "rules": string;
        };
        ComputedFields: never;
        Insert: {
          "kind": string;
          "read_to": number;
          "rules": string;
        };
        Update: {
          "kind"?: string;
          "read_to"?: number;
          "rules"?: string;
        };
        Relationships: [];
      };
      "tickers": {
        Row: {
          "change_rate": number;
          "last": number;
          "market": string;
          "received_at": string;
          "ts": string;
          "value_24h": number;
          "venue": string;
          "volume_24h": number;
          "written": number;
        };
        ComputedFields: never;
        Insert: {
          "change_rate": number;
          "last": number;
          "market": string;
          "received_at": string;
          "ts": string;
          "value_24h": number;
          "venue": string;
          "volume_24h": number;
          "written"?: number;
        };
        Update: {
          "change_rate"?: number;
          "last"?: number;
          "market"?: string;
          "received_at"?: string;
          "ts"?: string;
          "value_24h"?: number;
          "venue"?: string;
          "volume_24h"?: number;
          "written"?: number;
        };
        Relationships: [];
      };
      "trades": {
        Row: {
          "fills": number;
          "market": string;
          "price": number;
          "received_at": string;
          "side": string;
          "size": number;
          "trade_id": number;
          "ts": string;
          "venue": string;
          "written": number;
        };
        ComputedFields: never;
        Insert: {
          "fills"?: number;
          "market": string;
          "price": number;
          "received_at": string;
          "side": string;
          "size": number;
          "trade_id": number;
          "ts": string;
          "venue": string;
          "written"?: number;
        };
        Update: {
          "fills"?: number;
          "market"?: string;
          "price"?: number;
          "received_at"?: string;
          "side"?: string;
          "size"?: number;
          "trade_id"?: number;
          "ts"?: string;
          "venue"?: string;
          "written"?: number;
        };
        Relationships: [];
      };
      "writer_offsets": {
        Row: {
          "at": string;
          "gaps": number;
          "step": number;
          "writer": string;
        };
        ComputedFields: never;
        Insert: {
          "at"?: string;
          "gaps"?: number;
          "step"?: number;
          "writer": string;
        };
        Update: {
          "at"?: string;
          "gaps"?: number;
          "step"?: number;
          "writer"?: string;
        };
        Relationships: [];
      };
    };
    Views: {
      "coin_attention": {
        Row: {
          "coin": string | null;
          "highest_z": number | null;
          "hours": number | null;
          "measure": string;
          "named": number | null;
          "named_once": number | null;
          "newest_ts": string | null;
          "source": string;
        };
        ComputedFields: never;
        Relationships: [];
      };
      "current_flags": {
        Row: {
          "english_name": string | null;
          "first_seen": string;
          "flag": string;
          "korean_name": string | null;
          "last_seen": string;
          "market": string;
          "venue": string;
        };
        ComputedFields: never;
        Relationships: [];
      };
      "data_lag": {
        Row: {
          "channel": string;
          "clock_measured_at": string | null;
          "clock_offset_ms": number | null;
          "delay_ms": number | null;
          "newest_ts": string | null;
          "silent_seconds": number | null;
          "source": string;
          "streams": number | null;
        };
        ComputedFields: never;
        Relationships: [];
      };
      "forecast_results": {
        Row: {
          "actual": number | null;
          "issued_at": string;
          "loss": number | null;
          "market": string;
          "model": string;
          "model_version": string;
          "origin": string;
          "quantity": string;
          "target_from": string;
          "target_to": string;
          "value": number | null;
          "venue": string;
        };
        ComputedFields: never;
        Relationships: [];
      };
      "latest_runs": {
        Row: {
          "attempt": number;
          "ended_at": string | null;
          "round": string;
          "rows": number | null;
          "seconds": number | null;
          "started_at": string;
          "state": string;
          "step": string;
          "units": number | null;
        };
        ComputedFields: never;
        Relationships: [];
      };
      "market_prices": {
        Row: {
          "base": string | null;
          "change_rate": number;
          "english_name": string | null;
          "korean_name": string | null;
          "last": number;
          "market": string;
          "quote": string | null;
          "ts": string;
          "value_24h": number;
          "venue": string;
          "volume_24h": number;
        };
        ComputedFields: never;
        Relationships: [];
      };
      "newest_premium": {
        Row: {
          "base": string;
          "disagree": boolean | null;
          "fx": number | null;
          "fx_age_seconds": number | null;
          "global_market": string;
          "global_price": number | null;
          "global_venue": string;
          "korean_market": string;
          "korean_price": number | null;
          "korean_venue": string;
          "premium_fx": number | null;
          "premium_usdt": number | null;
          "stale": boolean | null;
          "tether": number | null;
          "ts": string;
        };
        ComputedFields: never;
        Relationships: [];
      };
      "open_gaps": {
        Row: {
          "attempts": number;
          "channel": string;
          "clock_offset_ms": number | null;
          "detail": NonNullable<Json>;
          "from_id": number | null;
          "from_ts": string;
          "gap_id": number;
          "market": string;
          "note": string | null;
          "opened_at": string;
          "reason": string;
          "seconds": number | null;
          "to_id": number | null;
          "to_ts": string | null;
          "venue": string;
        };
        ComputedFields: never;
        Insert: {
          "attempts"?: number | null;
          "channel"?: string | null;
          "clock_offset_ms"?: number | null;
          "detail"?: Json | null;
          "from_id"?: number | null;
          "from_ts"?: string | null;
          "gap_id"?: number | null;
          "market"?: string | null;
          "note"?: string | null;
          "opened_at"?: string | null;
          "reason"?: string | null;
          "seconds"?: never;
          "to_id"?: number | null;
          "to_ts"?: string | null;
          "venue"?: string | null;
        };
        Update: {
          "attempts"?: number | null;
          "channel"?: string | null;
          "clock_offset_ms"?: number | null;
          "detail"?: Json | null;
          "from_id"?: number | null;
          "from_ts"?: string | null;
          "gap_id"?: number | null;
          "market"?: string | null;
          "note"?: string | null;
          "opened_at"?: string | null;
          "reason"?: string | null;
          "seconds"?: never;
          "to_id"?: number | null;
          "to_ts"?: string | null;
          "venue"?: string | null;
        };
        Relationships: [];
      };
      "premium_by_hour": {
        Row: {
          "base": string;
          "global_market": string;
          "global_venue": string;
          "high_usdt": number | null;
          "hour_kst": number | null;
          "korean_market": string;
          "korean_venue": string;
          "low_usdt": number | null;
          "minutes_fx": number | null;
          "minutes_usdt": number | null;
          "premium_fx": number | null;
          "premium_usdt": number | null;
        };
        ComputedFields: never;
        Relationships: [];
      };
      "rejects_by_reason": {
        Row: {
          "first_at": string | null;
          "last_at": string | null;
          "last_place": string | null;
          "reason": string;
          "rejects": number | null;
          "source": string;
        };
        ComputedFields: never;
        Relationships: [];
      };
      "stream_silence": {
        Row: {
          "channel": string;
          "last_ts": string;
          "mute": boolean | null;
          "mute_after_seconds": number | null;
          "silent_seconds": number | null;
          "source": string;
          "stream": string;
        };
        ComputedFields: never;
        Relationships: [];
      };
      "table_sizes": {
        Row: {
          "bytes": number | null;
          "estimated_rows": number | null;
          "index_bytes": number | null;
          "name": string | null;
          "partitions": number | null;
        };
        ComputedFields: never;
        Relationships: [];
      };
      "venue_spread": {
        Row: {
          "base": string | null;
          "high": number | null;
          "high_venue": string | null;
          "low": number | null;
          "low_venue": string | null;
          "oldest_ts": string | null;
          "quote": string | null;
          "spread": number | null;
          "venues": number | null;
        };
        ComputedFields: never;
        Relationships: [];
      };
    };
    Functions: {
      "coverage": {
        Args: {
          "from_ts": string;
          "of_market"?: string;
          "of_venue"?: string;
          "to_ts": string;
        };
        Returns: {
          "channel": string;
          "market": string;
          "observed": unknown;
          "open": unknown;
          "repaired": unknown;
          "unknown": unknown;
          "unrecoverable": unknown;
          "venue": string;
        }[];
      };
      "current_transaction": {
        Args: Record<PropertyKey, never>;
        Returns: number;
      };
      "drop_old_text": {
        Args: { "older_than": string };
        Returns: Record<string, unknown>;
      };
      "ensure_day_partitions": {
        Args: { "first_day": string; "last_day": string; "parent": string };
        Returns: number;
      };
      "keep_text_for": { Args: { "days": number }; Returns: boolean };
      "longest_silence": {
        Args: { "longest_pause": number; "pauses": number };
        Returns: number;
      };
      "next_longest_pause": {
        Args: { "longest_pause": number; "pause": number; "pauses": number };
        Returns: number;
      };
      "tend_day_partitions": { Args: { "day": string }; Returns: undefined };
      "transactions_ahead": {
        Args: Record<PropertyKey, never>;
        Returns: number;
      };
    };
    Enums: {
      [_ in never]: never;
    };
    CompositeTypes: {
      [_ in never]: never;
    };
  };
};

type DatabaseWithoutInternals = Omit<Database, "__InternalSupabase">;

type DefaultSchema =
  DatabaseWithoutInternals[Extract<keyof Database, "public">];

export type Tables<
  DefaultSchemaTableNameOrOptions extends
    | keyof (DefaultSchema["Tables"] & DefaultSchema["Views"])
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  } ? keyof (
      & DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]][
        "Tables"
      ]
      & DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]][
        "Views"
      ]
    )
    : never = never,
> = DefaultSchemaTableNameOrOptions extends
  { schema: keyof DatabaseWithoutInternals } ? (
    & DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]][
      "Tables"
    ]
    & DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]][
      "Views"
    ]
  )[TableName] extends {
    Row: infer R;
  } ? R
  : never
  : DefaultSchemaTableNameOrOptions extends
    keyof (DefaultSchema["Tables"] & DefaultSchema["Views"])
    ? (DefaultSchema["Tables"] & DefaultSchema["Views"])[
      DefaultSchemaTableNameOrOptions
    ] extends {
      Row: infer R;
    } ? R
    : never
  : never;

export type TablesInsert<
  DefaultSchemaTableNameOrOptions extends
    | keyof DefaultSchema["Tables"]
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  } ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]][
      "Tables"
    ]
    : never = never,
> = DefaultSchemaTableNameOrOptions extends
  { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]][
    "Tables"
  ][TableName] extends {
    Insert: infer I;
  } ? I
  : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema["Tables"]
    ? DefaultSchema["Tables"][DefaultSchemaTableNameOrOptions] extends {
      Insert: infer I;
    } ? I
    : never
  : never;

export type TablesUpdate<
  DefaultSchemaTableNameOrOptions extends
    | keyof DefaultSchema["Tables"]
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  } ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]][
      "Tables"
    ]
    : never = never,
> = DefaultSchemaTableNameOrOptions extends
  { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]][
    "Tables"
  ][TableName] extends {
    Update: infer U;
  } ? U
  : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema["Tables"]
    ? DefaultSchema["Tables"][DefaultSchemaTableNameOrOptions] extends {
      Update: infer U;
    } ? U
    : never
  : never;

export type Enums<
  DefaultSchemaEnumNameOrOptions extends
    | keyof DefaultSchema["Enums"]
    | { schema: keyof DatabaseWithoutInternals },
  EnumName extends DefaultSchemaEnumNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  } ? keyof DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions["schema"]][
      "Enums"
    ]
    : never = never,
> = DefaultSchemaEnumNameOrOptions extends
  { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions["schema"]]["Enums"][
    EnumName
  ]
  : DefaultSchemaEnumNameOrOptions extends keyof DefaultSchema["Enums"]
    ? DefaultSchema["Enums"][DefaultSchemaEnumNameOrOptions]
  : never;

export type CompositeTypes<
  PublicCompositeTypeNameOrOptions extends
    | keyof DefaultSchema["CompositeTypes"]
    | { schema: keyof DatabaseWithoutInternals },
  CompositeTypeName extends PublicCompositeTypeNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  } ? keyof DatabaseWithoutInternals[
      PublicCompositeTypeNameOrOptions["schema"]
    ]["CompositeTypes"]
    : never = never,
> = PublicCompositeTypeNameOrOptions extends
  { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions["schema"]][
    "CompositeTypes"
  ][CompositeTypeName]
  : PublicCompositeTypeNameOrOptions extends
    keyof DefaultSchema["CompositeTypes"]
    ? DefaultSchema["CompositeTypes"][PublicCompositeTypeNameOrOptions]
  : never;

export const Constants = {
  "public": {
    Enums: {},
  },
} as const;
