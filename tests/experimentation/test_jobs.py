"""Scheduled ramps as the worker carries them out."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from server.experimentation.gates import gate_percentage
from server.experimentation.jobs import carry_out_due_ramps
from server.experimentation.models import Rollout, ScheduledRamp
from server.experimentation.ramps import Ramp
from server.experimentation.services.schedule_experiment_ramps import schedule_experiment_ramps
from server.work.passes import all_passes
from tests.experimentation.acting import start
from tests.factories import NOW, World, new_world, points
from tests.work.working import eventually, working

HOUR = timedelta(hours=1)


def test_a_schedule_wakes_a_worker_at_each_of_its_times(v2: World) -> None:
    experiment = v2.experiment()
    ramps = [Ramp(points(40), NOW + HOUR), Ramp(points(60), NOW + 2 * HOUR)]

    schedule_experiment_ramps(experiment_id=experiment.pk, ramps=ramps, author=v2.author, now=NOW)

    scheduled = list(ScheduledRamp.objects.all())
    jobs = DBTaskResult.objects.order_by("run_after").values_list("run_after", "args_kwargs")
    assert [(at, call["args"]) for at, call in jobs] == [(ramp.due_at, [ramp.pk]) for ramp in scheduled]


def test_the_pass_carries_out_what_no_job_has_and_nothing_that_is_to_come(v2: World) -> None:
    experiment = v2.experiment()
    ramps = [Ramp(points(share), NOW + n * HOUR) for n, share in enumerate((30, 40, 90), start=1)]
    schedule_experiment_ramps(experiment_id=experiment.pk, ramps=ramps, author=v2.author, now=NOW)
    start(v2, experiment)

    carry_out_due_ramps(now=NOW + 2 * HOUR)
    carry_out_due_ramps(now=NOW + 2 * HOUR)

    assert gate_percentage(Rollout.objects.get().gate) == points(40)
    assert list(ScheduledRamp.objects.values_list("status", flat=True)) == ["DONE", "DONE", "PENDING"]


def test_workers_know_the_pass() -> None:
    names = [each.name for each in all_passes()]

    assert "server.experimentation.jobs.carry_out_due_ramps" in names


@pytest.mark.django_db(transaction=True)
def test_workers_carry_out_a_schedule_at_its_time_and_late_what_came_due_without_them() -> None:
    world = new_world()
    experiment = start(world, world.experiment())
    now = timezone.now()
    late, soon = Ramp(points(30), now + timedelta(seconds=0.2)), Ramp(points(40), now + timedelta(seconds=4))
    schedule_experiment_ramps(experiment_id=experiment.pk, ramps=[late, soon], author=world.author, now=now)
    time.sleep(0.3)

    with working(), working():
        assert eventually(lambda: not ScheduledRamp.objects.filter(status="PENDING").exists())

    ramps = ScheduledRamp.objects.all()
    assert [(ramp.status, ramp.percentage, ramp.settled_at >= ramp.due_at) for ramp in ramps] == [
        ("DONE", points(30), True),
        ("DONE", points(40), True),
    ]
    steps = experiment.phases.get().steps.values_list("kind", "percentage", "author_name")
    by_schedule = f"schedule of {world.author.name}"
    assert list(steps)[1:] == [("RAMPED", points(30), by_schedule), ("RAMPED", points(40), by_schedule)]
