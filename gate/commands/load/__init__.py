"""`gate load`: the traffic of many gates over real connections, and what it costs."""

import ipaddress
import signal
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from drivers.simulated.broker import BrokerError
from gate.commands.load.figures import Figures, as_json, table
from gate.commands.load.process import FilesError, allow_files
from gate.commands.load.run import LoadError, Wanted, run_on_others, run_on_own
from gate.commands.load.site import Site, sites


def load(
    *,
    gates: Annotated[int, typer.Option(help="So many gates.")] = 1000,
    venues: Annotated[int, typer.Option(min=1, help="In so many venues.")] = 100,
    steps: Annotated[
        str, typer.Option(help="One run for each of these numbers of gates: 100,250,500,1000.")
    ] = "",
    people: Annotated[
        float, typer.Option(min=0.01, max=600, help="People a minute at each gate.")
    ] = 1.0,
    seconds: Annotated[float, typer.Option(min=1, help="How long is measured.")] = 60.0,
    warm_up: Annotated[
        float, typer.Option(min=0, help="People come for so long, in s, before it is measured.")
    ] = 20.0,
    down: Annotated[float, typer.Option(min=0, help="How long central is away, in s.")] = 10.0,
    capacity: Annotated[
        int, typer.Option(min=1, max=100_000, help="People in each venue at most.")
    ] = 500,
    seed: Annotated[int, typer.Option(help="Another seed, other people.")] = 1,
    host: Annotated[
        str | None, typer.Option(help="A broker that is there, with a central; else our own.")
    ] = None,
    port: Annotated[int, typer.Option(min=1, max=65_535, help="Of that broker.")] = 1883,
    root: Annotated[str, typer.Option(help="First word of every topic.")] = "aman",
    yes: Annotated[
        bool, typer.Option("--yes", help="Also where the broker is not on this machine.")
    ] = False,
    print_config: Annotated[
        bool, typer.Option("--print-config", help="Print a file for that central, and end.")
    ] = False,
    json_: Annotated[bool, typer.Option("--json", help="The figures as JSON.")] = False,
) -> None:
    """Load a broker and a central with the traffic of many gates, and measure.

    Every gate has a connection, a will, subscriptions and the words of the product. One person a
    minute at each gate is a peak hour: three messages a minute of each gate, a thousand a second
    of 20,000. Central is killed and started again; at the end its sums must be those of the
    gates, or the exit code is 1.

    \b
    Example:
      gate load --steps 100,250,500,1000 --venues 100
      gate load --gates 1000 --people 20
    """
    try:
        sizes = [int(step) for step in steps.split(",")] if steps else [gates]
        loads = sites(sizes, venues=venues, capacity=capacity, root=root)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    if print_config:
        typer.echo(loads[-1].central_toml(host=host or "localhost", port=port, data_dir="central"))
        return
    if host is not None and not yes and not _is_loopback(host):
        typer.echo(f"{host} is not this machine: --yes if its owner knows", err=True)
        raise typer.Exit(2)
    wanted = Wanted(a_minute=people, warm_up_s=warm_up, seconds=seconds, down_s=down, seed=seed)
    console = Console(stderr=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that no server of ours stays behind
    try:
        allow_files(max(sizes))
        found = [_one(site, wanted, host, port, console) for site in loads]
    except (BrokerError, FilesError, LoadError) as error:
        console.print(str(error), style="red", markup=False)
        raise typer.Exit(1) from error
    if json_:
        typer.echo(as_json(found))
    else:
        Console().print(table(found, title="Load"))
    wrong = [what for figures in found for what in figures.wrong]
    for what in wrong:
        console.print(f"WRONG: {what}", style="red", markup=False)
    if wrong:
        raise typer.Exit(1)


def _one(site: Site, wanted: Wanted, host: str | None, port: int, console: Console) -> Figures:
    def say(what: str) -> None:
        console.print(what, style="dim", markup=False, highlight=False)

    if host is not None:
        say(f"The broker at {host}:{port} and its central are not ours: they are only spoken to.")
        return run_on_others(site, wanted, host, port, say)
    with tempfile.TemporaryDirectory(prefix="gate-load-") as folder:
        return run_on_own(site, wanted, Path(folder), say)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
