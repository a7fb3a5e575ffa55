"""Drives one environment with the reference's own client; prints what it saw as one JSON document."""

import asyncio
import json
import sys

from hud.clients import HudProtocolError, connect
from hud.eval.runtime.core import Runtime


async def main(url: str) -> None:
    seen: dict[str, object] = {}
    async with connect(Runtime(url=url, params={"ready_timeout": 20})) as client:
        seen["env"] = client.manifest.server_info.name
        seen["tasks"] = [task["id"] for task in await client.list_tasks()]
        seen["start"] = await client.start_task("count-letter", {"word": "strawberry", "letter": "r"})
        seen["grade"] = await client.grade({"answer": "3"})
        try:
            await client.grade({"answer": "3"})
        except HudProtocolError as error:
            seen["second grade"] = [error.code, str(error)]
        seen["typed start"] = await client.start_task("count-letters", {"word": "banana"})
        seen["typed grade"] = await client.grade({"answer": '{"a": 3, "b": 1, "n": 2}'})
        try:
            await client.start_task("count-letter", {"wordd": "x"})
        except HudProtocolError as error:
            seen["bad args"] = [error.code, str(error)]
    print(json.dumps(seen))


asyncio.run(main(sys.argv[1]))
