SELECT
  `t2`.`environment_id`,
  `t2`.`event_id`,
  `t2`.`targeting_key`,
  `t2`.`time`,
  `t2`.`received_at`,
  `t2`.`flag`,
  `t2`.`variant`,
  `t2`.`experiment`,
  `t2`.`phase`,
  `t2`.`properties`,
  `t2`.`properties`.`p3` AS `asked`
FROM (
  SELECT
    CASE CAST(`t1`.`ENV` AS STRING)
      WHEN 'production'
      THEN 1
      WHEN 'staging'
      THEN 2
      ELSE CAST(NULL AS INT64)
    END AS `environment_id`,
    '' AS `event_id`,
    CAST(`t1`.`user_id` AS STRING) AS `targeting_key`,
    UNIX_MICROS(CAST(`t1`.`exposed_at` AS TIMESTAMP)) AS `time`,
    UNIX_MICROS(CAST(`t1`.`exposed_at` AS TIMESTAMP)) AS `received_at`,
    '' AS `flag`,
    COALESCE(
      CASE CAST(`t1`.`arm` AS STRING)
        WHEN 'A'
        THEN 'control'
        WHEN 'B'
        THEN 'new'
        WHEN 'C'
        THEN 'nobody met it'
        ELSE CAST(NULL AS STRING)
      END,
      ''
    ) AS `variant`,
    COALESCE(CAST(`t1`.`experiment_key` AS STRING), '') AS `experiment`,
    COALESCE(CAST(`t1`.`phase_no` AS INT64), 0) AS `phase`,
    STRUCT(
      CAST(`t1`.`country_code` AS STRING) AS `p0`,
      CAST(`t1`.`is_member` AS STRING) AS `p3`,
      CAST(`t1`.`land` AS STRING) AS `p1`
    ) AS `properties`
  FROM (
    SELECT
      *
    FROM `lake`.`analytics`.`experiment_exposures` AS `t0`
    WHERE
      CAST(`t0`.`exposed_at` AS TIMESTAMP) >= TIMESTAMP('2026-09-21T14:13:20+00:00')
      AND CAST(`t0`.`exposed_at` AS TIMESTAMP) < TIMESTAMP('2026-09-21T14:23:20+00:00')
  ) AS `t1`
) AS `t2`
WHERE
  NOT `t2`.`environment_id` IS NULL
  AND NOT `t2`.`targeting_key` IS NULL
  AND NOT `t2`.`time` IS NULL;

SELECT
  `t1`.`environment_id`,
  `t1`.`event_id`,
  `t1`.`targeting_key`,
  `t1`.`time`,
  `t1`.`received_at`,
  `t1`.`name`,
  `t1`.`value`,
  `t1`.`properties`,
  JSON_EXTRACT_SCALAR(`t1`.`properties`, '$.price') AS `asked`
FROM (
  SELECT
    CASE CAST(`t0`.`site` AS STRING)
      WHEN '10'
      THEN 1
      WHEN '20'
      THEN 2
      ELSE CAST(NULL AS INT64)
    END AS `environment_id`,
    COALESCE(CAST(`t0`.`message_id` AS STRING), '') AS `event_id`,
    CAST(`t0`.`user_id` AS STRING) AS `targeting_key`,
    CAST(`t0`.`happened_us` AS INT64) AS `time`,
    CAST(ROUND(CAST(`t0`.`loaded_at` AS FLOAT64) * 1000000.0, 0) AS INT64) AS `received_at`,
    COALESCE(CAST(`t0`.`event` AS STRING), '') AS `name`,
    CAST(`t0`.`revenue` AS FLOAT64) AS `value`,
    `t0`.`props` AS `properties`
  FROM `lake`.`analytics`.`tracks` AS `t0`
  WHERE
    CAST(`t0`.`happened_us` AS INT64) >= 1790000000000000
    AND CAST(`t0`.`happened_us` AS INT64) < 1790000600000000
    AND NOT CASE CAST(`t0`.`site` AS STRING)
      WHEN '10'
      THEN 1
      WHEN '20'
      THEN 2
      ELSE CAST(NULL AS INT64)
    END IS NULL
    AND NOT CAST(`t0`.`user_id` AS STRING) IS NULL
    AND NOT CAST(`t0`.`happened_us` AS INT64) IS NULL
) AS `t1`;

