SELECT
  "t2"."environment_id",
  "t2"."event_id",
  "t2"."targeting_key",
  "t2"."time",
  "t2"."received_at",
  "t2"."flag",
  "t2"."variant",
  "t2"."experiment",
  "t2"."phase",
  "t2"."properties",
  CAST(GET("t2"."properties", 'p3') AS VARCHAR) AS "asked"
FROM (
  SELECT
    CASE CAST("t1"."ENV" AS VARCHAR)
      WHEN 'production'
      THEN 1
      WHEN 'staging'
      THEN 2
      ELSE CAST(NULL AS BIGINT)
    END AS "environment_id",
    '' AS "event_id",
    CAST("t1"."user_id" AS VARCHAR) AS "targeting_key",
    DATE_PART('EPOCH_MICROSECOND', CAST("t1"."exposed_at" AS TIMESTAMPTZ)) AS "time",
    DATE_PART('EPOCH_MICROSECOND', CAST("t1"."exposed_at" AS TIMESTAMPTZ)) AS "received_at",
    '' AS "flag",
    COALESCE(
      CASE CAST("t1"."arm" AS VARCHAR)
        WHEN 'A'
        THEN 'control'
        WHEN 'B'
        THEN 'new'
        WHEN 'C'
        THEN 'nobody met it'
        ELSE CAST(NULL AS VARCHAR)
      END,
      ''
    ) AS "variant",
    COALESCE(CAST("t1"."experiment_key" AS VARCHAR), '') AS "experiment",
    COALESCE(CAST("t1"."phase_no" AS INT), 0) AS "phase",
    OBJECT_CONSTRUCT_KEEP_NULL(
      'p0', CAST("t1"."country_code" AS VARCHAR),
      'p3', CAST("t1"."is_member" AS VARCHAR),
      'p1', CAST("t1"."land" AS VARCHAR)
    ) AS "properties"
  FROM (
    SELECT
      *
    FROM "lake"."analytics"."experiment_exposures" AS "t0"
    WHERE
      CAST("t0"."exposed_at" AS TIMESTAMPTZ) >= TIMESTAMP_TZ_FROM_PARTS(2026, 9, 21, 14, 13, 20, 0, 'UTC')
      AND CAST("t0"."exposed_at" AS TIMESTAMPTZ) < TIMESTAMP_TZ_FROM_PARTS(2026, 9, 21, 14, 23, 20, 0, 'UTC')
  ) AS "t1"
) AS "t2"
WHERE
  NOT "t2"."environment_id" IS NULL
  AND NOT "t2"."targeting_key" IS NULL
  AND NOT "t2"."time" IS NULL;

SELECT
  "t1"."environment_id",
  "t1"."event_id",
  "t1"."targeting_key",
  "t1"."time",
  "t1"."received_at",
  "t1"."name",
  "t1"."value",
  "t1"."properties",
  CAST(GET("t1"."properties", 'price') AS VARCHAR) AS "asked"
FROM (
  SELECT
    CASE CAST("t0"."site" AS VARCHAR)
      WHEN '10'
      THEN 1
      WHEN '20'
      THEN 2
      ELSE CAST(NULL AS BIGINT)
    END AS "environment_id",
    COALESCE(CAST("t0"."message_id" AS VARCHAR), '') AS "event_id",
    CAST("t0"."user_id" AS VARCHAR) AS "targeting_key",
    CAST("t0"."happened_us" AS BIGINT) AS "time",
    CAST(ROUND(CAST("t0"."loaded_at" AS DOUBLE) * 1000000.0, 0) AS BIGINT) AS "received_at",
    COALESCE(CAST("t0"."event" AS VARCHAR), '') AS "name",
    CAST("t0"."revenue" AS DOUBLE) AS "value",
    "t0"."props" AS "properties"
  FROM "lake"."analytics"."tracks" AS "t0"
  WHERE
    CAST("t0"."happened_us" AS BIGINT) >= 1790000000000000
    AND CAST("t0"."happened_us" AS BIGINT) < 1790000600000000
    AND NOT CASE CAST("t0"."site" AS VARCHAR)
      WHEN '10'
      THEN 1
      WHEN '20'
      THEN 2
      ELSE CAST(NULL AS BIGINT)
    END IS NULL
    AND NOT CAST("t0"."user_id" AS VARCHAR) IS NULL
    AND NOT CAST("t0"."happened_us" AS BIGINT) IS NULL
) AS "t1";

