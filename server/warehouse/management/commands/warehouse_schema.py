"""``manage.py warehouse_schema``: makes ClickHouse's tables, or prints how they are made. Stores no event."""

import re
from contextlib import closing
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser

from server.warehouse.clickhouse.address import Address, read_address
from server.warehouse.clickhouse.client import limits_of_settings, over_http
from server.warehouse.clickhouse.schema import cluster_of, single_server
from server.warehouse.clickhouse.setup import make_tables
from server.warehouse.engine import WarehouseUnavailable
from server.warehouse.failures import unavailable

NAME = re.compile(r"[A-Za-z0-9_.{}-]+")


class Command(BaseCommand):
    """With ``--print`` no server is asked."""

    help = "Make the tables of the ClickHouse that WAREHOUSE_URL names, as far as they lack."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--cluster", help="A cluster's name: replicated tables on each shard, one in front of all.")
        parser.add_argument("--database", help="Instead of the one in WAREHOUSE_URL.")
        parser.add_argument("--print", action="store_true", dest="only_print", help="Print the statements, run none.")

    def handle(self, *_args: Any, cluster: str | None, database: str | None, only_print: bool, **_options: Any) -> None:
        for name in filter(None, (cluster, database)):
            if not NAME.fullmatch(name):
                raise CommandError(f"{name!r} is no name: letters, digits and _ . - {{ }} make one.")
        try:
            statements = self._printed(cluster, database) if only_print else self._made(cluster, database)
        except (ImproperlyConfigured, WarehouseUnavailable) as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write("".join(f"{statement};\n\n" for statement in statements), ending="")

    def _printed(self, cluster: str | None, database: str | None) -> list[str]:
        url = _url()
        name = database or (read_address(url).database if url else "default")
        keep_days = limits_of_settings().keep_days
        if cluster is None:
            return single_server(database=name, keep_days=keep_days)
        return cluster_of(cluster, database=name, keep_days=keep_days)

    def _made(self, cluster: str | None, database: str | None) -> list[str]:
        address: Address = read_address(_url())
        limits = limits_of_settings()
        with (
            unavailable(str(address), secrets=[address.password]),
            closing(over_http(address, limits, database=False)({})) as client,
        ):
            return make_tables(
                client, database=database or address.database, cluster=cluster, keep_days=limits.keep_days
            )


def _url() -> str:
    return str(getattr(settings, "WAREHOUSE_URL", ""))
