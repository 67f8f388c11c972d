"""Enums of statistics in the API: their names, and what each value means. Imported before any type that uses one."""

from server.experimentation.metrics.plans import Correction
from server.experimentation.stats.evidence import Doubt
from server.experimentation.stats.guardrails import Standing
from server.experimentation.stats.reasons import Reason
from server.experimentation.stats.terms import Alternative, Direction, Scale
from server.experimentation.stats.verdict import Outcome
from server.schema.enums import in_api

in_api(
    Scale,
    "EffectScale",
    "What an effect is measured in.",
    {
        "ABSOLUTE": "Treatment minus control, in the metric's own units: of rates, 0.01 is a percentage point.",
        "RELATIVE": "That difference as a share of control's value: 0.05 is 5 % more.",
    },
)
in_api(
    Direction,
    "MetricDirection",
    "Which way of a metric is the good one.",
    {"HIGHER_IS_BETTER": "More of it is good.", "LOWER_IS_BETTER": "Less of it is good."},
)
in_api(
    Alternative,
    "TestAlternative",
    "What a test looks for.",
    {
        "TWO_SIDED": "Any difference: its interval has two ends.",
        "GREATER": "Only more than control: its interval is open upwards.",
        "LESS": "Only less than control: its interval is open downwards.",
    },
)
in_api(
    Correction,
    "PValueCorrection",
    "How p-values are adjusted for having asked many questions.",
    {
        "HOLM": "Keeps the chance of any false finding.",
        "BENJAMINI_HOCHBERG": "Keeps the share of false findings among the findings.",
        "NONE": "Not at all.",
    },
)
in_api(
    Reason,
    "NoResultReason",
    "Why there is no number.",
    {
        "TOO_FEW_UNITS": (
            "There are too few units: fewer than 2 in a variant, fewer than 100 for what is always valid, fewer than "
            "5 expected by the split, or a quantile too far out."
        ),
        "NO_VARIANCE": "All units of a variant have the same value, such as no conversion at all.",
        "ZERO_CONTROL_MEAN": "Control's value is 0, and nothing is a share of 0.",
        "NEGATIVE_CONTROL_MEAN": "Control's value is below 0, where a lift changes its sign.",
        "CONTROL_NOT_CLEAR_OF_ZERO": "Control's value may be 0 at this confidence: a lift would mislead.",
        "ZERO_DENOMINATOR": "The denominator of the ratio adds up to 0.",
        "DENOMINATOR_NOT_CLEAR_OF_ZERO": "The denominator of the ratio is within 3 standard errors of 0.",
        "NO_COVARIATE": "Nothing was given of the units before the experiment: values stand unadjusted.",
        "NO_COVARIATE_VARIANCE": "What was known before is the same for all units: values stand unadjusted.",
        "IMPOSSIBLE_SUMS": "No data has these sums, such as more successes than units.",
        "ONE_OPEN_ARM": "A split needs two variants with a share of the units.",
        "UNITS_IN_CLOSED_ARM": "A variant whose share is 0 has units.",
        "NO_MINIMUM_EFFECT": "It depends on the smallest effect that matters, and none is given.",
        "OUT_OF_REACH": "No number of units that exists would be enough.",
        "NO_TRAFFIC": "No units arrive, so waiting does not help.",
        "BEFORE_HORIZON": "The plan is judged once, at its horizon, which is not reached.",
        "NOTHING_LEFT": "Nothing is left to collect.",
        "NO_HISTORY": (
            "No baseline has been computed of what the metric means now, in an environment of its project that you "
            "may see: `refreshBaseline` has it computed."
        ),
        "NO_PLAN": "The experiment has no plan yet: `setExperimentPlan` sets one.",
        "NO_ROLLOUT": "The experiment has no rollout yet: `updateExperimentRollout` sets one.",
        "ALREADY_STARTED": "The experiment is no draft any more: its verdict says what is left.",
    },
)
in_api(
    Outcome,
    "VerdictOutcome",
    "What is said of a treatment, and of an experiment.",
    {
        "WINNING": "The difference is on the good side of 0, and every guardrail is safe.",
        "LOSING": "The difference is on the bad side of 0.",
        "NO_DIFFERENCE": "There is no difference larger than the minimum effect.",
        "GUARDRAIL_HARMED": "A guardrail has lost more than its margin.",
        "KEEP_COLLECTING": "Nothing is decided yet: `remaining` says how much longer.",
        "INCONCLUSIVE": "It is over, by the planned horizon or because somebody ended it, and nothing was decided.",
        "CANNOT_BE_TRUSTED": "Something is wrong with the data: `doubts` says what.",
    },
)
in_api(
    Doubt,
    "VerdictDoubt",
    "Why no figure of an experiment can be trusted.",
    {
        "UNFAIR_SPLIT": "The variants have not got the units that the split says.",
        "UNITS_IN_CLOSED_ARM": "A variant without a share has units.",
        "UNITS_IN_SEVERAL_VARIANTS": "Too many units met more than one variant in one phase.",
        "IMPOSSIBLE_DATA": "There are sums or counts that no data can have.",
        "SCALE_HAS_NO_MEANING": "The scale is relative, and control's value is below 0.",
        "INCOMPLETE_DATA": "Events that were accepted are missing from the figures.",
        "PLAN_CHANGED": "The plan was changed after results could be seen.",
    },
)
in_api(
    Standing,
    "GuardrailStanding",
    "What an interval says of a guardrail.",
    {
        "SAFE": "All of the interval is within the margin.",
        "HARMED": "All of the interval is beyond the margin.",
        "OPEN": "Neither: the margin is inside the interval, or there is none yet.",
    },
)
