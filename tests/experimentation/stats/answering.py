"""What the statistics answer to each kind of case, under the names that the cases file expects."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from server.experimentation.stats import group_sequential, mixtures, power, sample_sizes, sequential
from server.experimentation.stats.bayes import FLAT, NormalPrior, Posterior, Prior, expected_excess, posterior
from server.experimentation.stats.conjugate import BetaPosterior, GammaPosterior, chances_to_be_highest
from server.experimentation.stats.corrections import (
    benjamini_hochberg,
    familywise_error,
    holm,
    preferential_bonferroni,
)
from server.experimentation.stats.cuped import Adjusted, CovariateSums, adjust
from server.experimentation.stats.cuped_ratios import RatioCovariateSums, adjust_ratios
from server.experimentation.stats.distributions import normal_quantile
from server.experimentation.stats.effects import Effect
from server.experimentation.stats.guardrails import NonInferiority, non_inferiority
from server.experimentation.stats.power import Baseline, Design
from server.experimentation.stats.proportions import newcombe, pooled_z, wilson
from server.experimentation.stats.quantiles import QuantileSummary, interpolation
from server.experimentation.stats.reasons import NoResult
from server.experimentation.stats.remaining import further_share
from server.experimentation.stats.rules import ONE_LOOK, AlwaysValid
from server.experimentation.stats.samples import MeanSums, ProportionCounts, RatioSums
from server.experimentation.stats.srm import PhaseCounts, SrmResult, check
from server.experimentation.stats.terms import Alternative, Direction, Interval, Scale
from server.experimentation.stats.welch import WelchResult, welch
from tests.experimentation.stats.making import (
    arm,
    by_delta_method,
    covariates_of,
    effect_between,
    effect_of,
    ratio_arm,
    sums_of,
)
from tests.experimentation.stats.peeking import peeking_rates

Answer = dict[str, Any]
ANSWERS: dict[str, Callable[[Answer], Answer]] = {}


def answers(kind: str) -> Callable[[Callable[[Answer], Answer]], Callable[[Answer], Answer]]:
    def register(function: Callable[[Answer], Answer]) -> Callable[[Answer], Answer]:
        ANSWERS[kind] = function
        return function

    return register


def pair(interval: object) -> list[float]:
    assert isinstance(interval, Interval), interval
    return [interval.low, interval.high]


def means(inputs: Answer, scale: Scale) -> Effect:
    return by_delta_method(effect_between(arm(inputs["control"]), arm(inputs["treatment"]), scale))


def tested(result: WelchResult | NoResult) -> Answer:
    assert isinstance(result, WelchResult), result
    return {
        "estimate": result.value,
        "se": result.standard_error,
        "ci": pair(result.interval),
        "ci_upper": result.interval.high,
        "p_value": result.p_value,
    }


@answers("mean_ttest_relative")
def _(inputs: Answer) -> Answer:
    return tested(welch(means(inputs, Scale.RELATIVE), alpha=inputs["alpha"]))


@answers("mean_ttest_absolute")
def _(inputs: Answer) -> Answer:
    return tested(welch(means(inputs, Scale.ABSOLUTE), alpha=inputs["alpha"]))


@answers("mean_ttest_absolute_one_sided")
def _(inputs: Answer) -> Answer:
    alternative = Alternative[inputs["alternative"].upper()]
    return tested(welch(means(inputs, Scale.ABSOLUTE), alpha=inputs["alpha"], alternative=alternative))


@answers("welch_ttest_raw")
def _(inputs: Answer) -> Answer:
    one, two = sums_of(inputs["group1"]), sums_of(inputs["group2"])
    result = welch(effect_between(two.level(), one.level(), Scale.ABSOLUTE), alpha=inputs["alpha"])
    assert isinstance(result, WelchResult), result
    return {
        **tested(result),
        "t": result.statistic,
        "df": result.degrees_of_freedom,
        "mean1": one.sum / one.units,
        "mean2": two.sum / two.units,
    }


@answers("two_proportion_ztest_pooled")
def _(inputs: Answer) -> Answer:
    one, two = (ProportionCounts(n, x) for n, x in zip(inputs["n"], inputs["successes"], strict=True))
    found = pooled_z(one, two)
    assert isinstance(found, tuple)
    return {"z": found[0], "p_value": found[1]}


@answers("proportion_ci_wilson")
def _(inputs: Answer) -> Answer:
    return {"ci": pair(wilson(ProportionCounts(inputs["n"], inputs["x"]), alpha=inputs["alpha"]))}


@answers("two_proportion_ci_newcombe")
def _(inputs: Answer) -> Answer:
    one, two = ProportionCounts(inputs["n1"], inputs["x1"]), ProportionCounts(inputs["n2"], inputs["x2"])
    return {"ci": pair(newcombe(one, two, alpha=inputs["alpha"]))}


def believed(effect: Effect, prior: Prior = FLAT) -> Posterior:
    return posterior(effect, prior=prior, direction=Direction.HIGHER_IS_BETTER, alpha=0.05)


def as_bayes(found: Posterior) -> Answer:
    return {
        "expected": found.mean,
        "lift": found.mean,
        "mean": found.mean,
        "sd": found.standard_deviation,
        "ci": pair(found.interval),
        "chance_to_win": found.chance_to_beat_control,
        "risk_control": found.expected_loss_of_control,
        "risk_treatment": found.expected_loss,
    }


@answers("relative_lift_normal")
def _(inputs: Answer) -> Answer:
    return as_bayes(believed(means(inputs, Scale.RELATIVE)))


@answers("bayes_relative_effect")
def _(inputs: Answer) -> Answer:
    given = inputs["prior"]
    prior = NormalPrior(given["mean"], given["variance"] ** 0.5, Scale.RELATIVE) if given else FLAT
    return as_bayes(believed(means(inputs, Scale.RELATIVE), prior))


@answers("expected_loss_normal")
def _(inputs: Answer) -> Answer:
    deviation = inputs["posterior_sd"]
    z = inputs["posterior_mean"] / deviation
    return {"risk_control": deviation * expected_excess(z), "risk_treatment": deviation * expected_excess(-z)}


@answers("normal_normal_update")
def _(inputs: Answer) -> Answer:
    prior = NormalPrior(inputs["prior"]["mean"], inputs["prior"]["sd"], Scale.RELATIVE)
    return as_bayes(believed(effect_of(inputs["observed_lift"], inputs["observed_se"]), prior))


@answers("delta_method_variance")
def _(inputs: Answer) -> Answer:
    def level(name: str) -> Any:
        n, mean, variance = inputs[f"n_{name}"], inputs[f"mean_{name}"], inputs[f"var_{name}"]
        return MeanSums(n, n * mean, variance * (n - 1) + n * mean**2).level()

    return {
        "absolute": effect_between(level("a"), level("b"), Scale.ABSOLUTE).variance,
        "relative": by_delta_method(effect_between(level("a"), level("b"), Scale.RELATIVE)).variance,
    }


@answers("fieller_interval")
def _(inputs: Answer) -> Answer:
    effect = effect_between(arm(inputs["control"]), arm(inputs["treatment"]), Scale.RELATIVE)
    interval = effect.within(-float(normal_quantile(inputs["alpha"] / 2)))
    return {"ci": pair(interval), "delta_ci": pair(believed(means(inputs, Scale.RELATIVE)).interval)}


@answers("ratio_metric_level")
def _(inputs: Answer) -> Answer:
    return {name: ratio_arm(inputs[name]).value for name in ("control", "treatment")}


@answers("ratio_metric_relative")
def _(inputs: Answer) -> Answer:
    effect = effect_between(ratio_arm(inputs["control"]), ratio_arm(inputs["treatment"]), Scale.RELATIVE)
    return tested(welch(by_delta_method(effect), alpha=inputs["alpha"]))


@answers("ratio_metric_se")
def _(inputs: Answer) -> Answer:
    above, below = inputs["numerator"], inputs["denominator"]
    found = ratio_arm(
        {
            "n": len(above),
            "num_sum": sum(above),
            "num_sum_squares": sum(each**2 for each in above),
            "den_sum": sum(below),
            "den_sum_squares": sum(each**2 for each in below),
            "num_den_sum_product": sum(m * d for m, d in zip(above, below, strict=True)),
        }
    )
    return {"ratio": found.value, "se": found.standard_error}


@answers("cuped_relative")
def _(inputs: Answer) -> Answer:
    def sums(given: Answer) -> CovariateSums:
        n = int(given["count"])
        return CovariateSums(
            MeanSums(n, given["main_sum"], given["main_sum_squares"]),
            MeanSums(n, given["covariate_sum"], given["covariate_sum_squares"]),
            given["main_covariate_sum_product"],
        )

    adjusted = adjust([sums(inputs["control"]), sums(inputs["treatment"])])
    assert isinstance(adjusted, Adjusted)
    # The source takes the derivatives at the unadjusted lift, which estimates the same.
    control, treatment = adjusted.levels
    lift = (treatment.base - control.base) / control.base
    effect = by_delta_method(effect_between(control, treatment, Scale.RELATIVE), at=lift)
    return tested(welch(effect, alpha=0.05))


@answers("cuped_variance_reduction")
def _(inputs: Answer) -> Answer:
    assert inputs["seed"] == "numpy default_rng(11); x~N(10,3) n=2000; y=0.8x+N(0,2)"
    rng = np.random.default_rng(11)
    x = rng.normal(10, 3, 2000)
    y = 0.8 * x + rng.normal(0, 2, 2000)
    adjusted = adjust([covariates_of(y.tolist(), x.tolist())])
    assert isinstance(adjusted, Adjusted)
    return {
        "theta": adjusted.theta,
        "rho": math.sqrt(1 - adjusted.variance_ratio),
        "var_ratio": adjusted.levels[0].variance / adjusted.levels[0].base_variance,
    }


@answers("cuped_ratio_relative")
def _(inputs: Answer) -> Answer:
    def sums(given: Answer) -> RatioCovariateSums:
        return RatioCovariateSums(
            RatioSums(given["n"], given["mp"], given["mpq"], given["dp"], given["dpq"], given["mpdp"]),
            RatioSums(given["n"], given["m0"], given["m0q"], given["d0"], given["d0q"], given["m0d0"]),
            given["mpm0"],
            given["dpd0"],
            given["mpd0"],
            given["m0dp"],
        )

    adjusted = adjust_ratios([sums(inputs["control"]), sums(inputs["treatment"])])
    assert isinstance(adjusted, Adjusted)
    return tested(welch(by_delta_method(effect_between(*adjusted.levels, Scale.RELATIVE)), alpha=inputs["alpha"]))


def quantile_effect(inputs: Answer, scale: Scale) -> Effect:
    def level(given: Answer) -> Any:
        return QuantileSummary(given["n"], inputs["nu"], given["q"], given["lower"], given["upper"]).level()

    return by_delta_method(effect_between(level(inputs["control"]), level(inputs["treatment"]), scale))


@answers("quantile_bayes_absolute")
def _(inputs: Answer) -> Answer:
    prior = NormalPrior(inputs["prior"]["mean"], inputs["prior"]["variance"] ** 0.5, Scale.RELATIVE)
    return as_bayes(believed(quantile_effect(inputs, Scale.ABSOLUTE), prior))


@answers("quantile_bayes_relative")
def _(inputs: Answer) -> Answer:
    prior = NormalPrior(inputs["prior"]["mean"], inputs["prior"]["variance"] ** 0.5, Scale.RELATIVE)
    return as_bayes(believed(quantile_effect(inputs, Scale.RELATIVE), prior))


def betas(arms: list[Answer], prior: list[float]) -> tuple[float, ...]:
    counts = [ProportionCounts(each["n"], each["successes"]) for each in arms]
    return chances_to_be_highest([BetaPosterior.after(each, prior=(prior[0], prior[1])) for each in counts])


@answers("beta_binomial_chance_to_win")
def _(inputs: Answer) -> Answer:
    return {"chance_to_win": betas([inputs["control"], inputs["treatment"]], inputs["prior"])[1]}


@answers("beta_binomial_chance_best")
def _(inputs: Answer) -> Answer:
    return {"chance_best": list(betas(inputs["arms"], inputs["prior"]))}


@answers("gamma_poisson_chance_to_win")
def _(inputs: Answer) -> Answer:
    shape = inputs["prior_shape_added"]
    arms = [
        GammaPosterior(shape + each["events"], each["exposure"]) for each in (inputs["control"], inputs["treatment"])
    ]
    return {"chance_to_win": chances_to_be_highest(arms)[1]}


def srm(inputs: Answer) -> Answer:
    result = check(PhaseCounts(tuple(inputs["observed"]), tuple(inputs["weights"])))
    assert isinstance(result, SrmResult)
    return {"chi2": result.chi_square, "df": result.degrees_of_freedom, "p_value": result.p_value}


ANSWERS["srm_chi2"] = ANSWERS["srm_chi2_degenerate"] = srm


@answers("confidence_sequence")
def _(inputs: Answer) -> Answer:
    if "control" in inputs:
        effect = means(inputs, Scale[inputs["scale"].upper()])
    else:
        effect = effect_of(inputs["estimate"], inputs["se"], units=inputs["n"])
    found = sequential.always_valid(effect, alpha=inputs["alpha"], tuning=inputs["tuning_n"])
    assert isinstance(found, sequential.AlwaysValidResult)
    return {"ci": pair(found.interval), "p_value": found.p_value}


@answers("confidence_sequence_one_sided")
def _(inputs: Answer) -> Answer:
    effect, alternative = means(inputs, Scale.RELATIVE), Alternative[inputs["alternative"].upper()]
    found = sequential.always_valid(effect, alpha=inputs["alpha"], tuning=inputs["tuning_n"], alternative=alternative)
    assert isinstance(found, sequential.AlwaysValidResult)
    return {"ci_lower": found.interval.low}


@answers("msprt_likelihood_ratio")
def _(inputs: Answer) -> Answer:
    found = mixtures.normal_mixture(
        difference=inputs["mean_difference"],
        variance_per_arm=inputs["variance_per_arm"],
        units_per_arm=inputs["n_per_arm"],
        tau_squared=inputs["tau_squared"],
    )
    return {"lambda_": found.likelihood_ratio, "p_value": found.p_value}


@answers("sequential_critical_value")
def _(inputs: Answer) -> Answer:
    return {
        "z_star": mixtures.mixture_critical_value(
            treatment_variance=inputs["var_t"],
            treatment_units=inputs["n_t"],
            control_variance=inputs["var_c"],
            control_units=inputs["n_c"],
            alpha=inputs["alpha"],
        )
    }


@answers("simulation_bound")
def _(inputs: Answer) -> Answer:
    rates = peeking_rates(**inputs)
    return {
        "cs_fpr_at_most": rates.sequence,
        "fixed_horizon_peeking_fpr_at_least": rates.fixed,
        "flat_prior_ctw_095_fpr_at_least": rates.chance_to_beat,
    }


@answers("peeking_inflation")
def _(inputs: Answer) -> Answer:
    each = inputs["alpha_each"]
    return {"overall": [group_sequential.repeated_tests(looks=k, alpha_each=each) for k in inputs["looks"]]}


@answers("group_sequential_bounds")
def _(inputs: Answer) -> Answer:
    looks, alpha = inputs["looks"], inputs["alpha"]
    return {
        "pocock": group_sequential.pocock(looks=looks, alpha=alpha),
        "obrien_fleming_final": group_sequential.obrien_fleming(looks=looks, alpha=alpha),
    }


@answers("benjamini_hochberg")
def _(inputs: Answer) -> Answer:
    return {"adjusted": list(benjamini_hochberg(inputs["p_values"]))}


@answers("holm")
def _(inputs: Answer) -> Answer:
    return {"adjusted": list(holm(inputs["p_values"]))}


@answers("preferential_bonferroni")
def _(inputs: Answer) -> Answer:
    found = preferential_bonferroni(
        alpha=inputs["alpha"],
        primary_share=inputs["gamma"],
        treatments=inputs["treatment_variants"],
        metrics=inputs["metrics"],
    )
    return {"primary_alpha": found.primary, "other_alpha": found.other}


@answers("familywise_error")
def _(inputs: Answer) -> Answer:
    return {"at_least_one": [familywise_error(alpha=inputs["alpha"], tests=each) for each in inputs["metrics"]]}


@answers("sample_size_two_proportion")
def _(inputs: Answer) -> Answer:
    units = sample_sizes.two_proportions(
        baseline=inputs["baseline"], effect=inputs["mde_absolute"], alpha=inputs["alpha"], power=inputs["power"]
    )
    return {"n_per_arm": units}


@answers("sample_size_rule_of_16")
def _(inputs: Answer) -> Answer:
    baseline = Baseline.of_proportion(inputs["baseline"])
    effect = inputs["baseline"] * inputs["relative_mde"]
    return {"n_per_arm": sample_sizes.rule_of_sixteen(unit_variance=baseline.unit_variance, effect=effect)}


@answers("sample_size_ttest")
def _(inputs: Answer) -> Answer:
    size = inputs["effect_size_d"]
    return {"n_per_arm": sample_sizes.t_test(effect_size=size, alpha=inputs["alpha"], power=inputs["power"])}


def design(inputs: Answer) -> Design:
    test = AlwaysValid(inputs["tuning_n"]) if "tuning_n" in inputs else ONE_LOOK
    baseline = Baseline(inputs["mean"], inputs["variance"])
    effect = inputs.get("relative_effect", 1.0)
    return Design(baseline, Scale.RELATIVE, effect, alpha=inputs["alpha"], test=test).with_equal_arms(inputs["arms"])


def mean_power(inputs: Answer) -> Answer:
    return {"power": power.power_at(design(inputs), inputs["n_total"], sample_sizes.delta_method_error)}


ANSWERS["power_relative_mean"] = ANSWERS["power_relative_mean_sequential"] = mean_power


@answers("mde_relative_mean_sequential")
def _(inputs: Answer) -> Answer:
    return {"mde": power.minimum_detectable_effect(design(inputs), inputs["n_total"], sample_sizes.delta_method_error)}


@answers("power_duration_table")
def _(inputs: Answer) -> Answer:
    rate = inputs["baseline"]
    # The source gives both arms the baseline's variance, as of a mean; ours gives a treatment that of its own rate.
    baseline = Baseline(rate, rate * (1 - rate))
    asked = Design(baseline, Scale.RELATIVE, inputs["relative_effect"], alpha=inputs["alpha"])
    asked = asked.with_equal_arms(inputs["arms"])
    weeks = range(1, inputs["weeks"] + 1)
    return {
        "power": [
            power.power_at(asked, week * inputs["users_per_week"], sample_sizes.delta_method_error) for week in weeks
        ]
    }


@answers("additional_sample_needed_sequential")
def _(inputs: Answer) -> Answer:
    share = further_share(
        means(inputs, Scale.RELATIVE),
        minimum_effect=inputs["mde_relative"],
        test=AlwaysValid(inputs["tuning_n"]),
        alpha=inputs["alpha"],
        power=inputs["power"],
    )
    return {"scaling_factor": share}


@answers("false_positive_risk")
def _(inputs: Answer) -> Answer:
    risks = [
        power.false_positive_risk(success_rate=each, alpha=inputs["alpha"], power=inputs["power"])
        for each in inputs["success_rates"]
    ]
    return {"fpr": risks}


@answers("non_inferiority")
def _(inputs: Answer) -> Answer:
    found = non_inferiority(
        means(inputs, Scale.RELATIVE),
        margin=-inputs["margin_relative"],
        direction=Direction.HIGHER_IS_BETTER,
        alpha=inputs["alpha"],
    )
    assert isinstance(found, NonInferiority), found
    return {
        "estimate": found.value,
        "se": found.standard_error,
        "ci_lower": found.bound,
        "z": found.statistic,
        "p_value": found.p_value,
    }


@answers("winsorization")
def _(inputs: Answer) -> Answer:
    assert inputs["values"] == "1..100 and 10000"
    ordered = [*range(1, 101), 10_000]
    place = interpolation(units=len(ordered), nu=inputs["percentile"])
    cap = (1 - place.weight) * ordered[place.rank - 1] + place.weight * ordered[place.rank]
    return {"cap": cap, "mean": sum(min(each, cap) for each in ordered) / len(ordered)}
