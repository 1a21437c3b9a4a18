#!/usr/bin/env python3
"""Makes python-commands.json: the commands that the Python library sends to Redis, at two commits of
https://github.com/timabilov/refcache, one of each layout, checked out outside of this repository:
    python3 tests/vectors/python-commands.py DIRECTORY_OF_bdd94ca DIRECTORY_OF_0313409 > tests/vectors/python-commands.json

By commit: what was called, and the commands.
"""

import importlib
import json
import logging
import sys


class Client:
    """Records the commands, and answers as a server does that holds one call of user 42."""

    def __init__(self, commands, replies):
        self.commands = commands
        self.replies = replies

    def pipeline(self):
        return Pipeline(self)

    def __getattr__(self, name):
        def command(*args):
            self.commands.append([name, *[arg.decode() if isinstance(arg, bytes) else arg for arg in args]])
            return self.replies.get(name)

        return command


class Pipeline:
    def __init__(self, client):
        self.client = client
        self.answers = []

    def execute(self):
        answers, self.answers = self.answers, []
        return answers

    def __getattr__(self, name):
        return lambda *args: self.answers.append(getattr(self.client, name)(*args))


def load(directory):
    for name in [name for name in sys.modules if name.split(".")[0] == "cacheref"]:
        del sys.modules[name]
    sys.path.insert(0, directory)
    cache, redis = importlib.import_module("cacheref.cache"), importlib.import_module("cacheref.backends.redis")
    sys.path.pop(0)
    return cache.EntityCache, redis.RedisBackend


def get_user(user_id):
    return {"id": user_id, "from": "python"}


def play(directory, is_newer):
    EntityCache, RedisBackend = load(directory)
    member = ("cache:" if is_newer else "app:c:") + "svc.get_user:b9a08a92b9acce11d0d18cff20edc65d"
    key = "app:" + member if is_newer else member
    commands = []
    client = Client(commands, {"smembers": {member.encode()}, "keys": [key.encode()], "delete": 1, "ttl": -2})
    serializers = {"serializer": json.dumps, "deserializer": json.loads}
    if is_newer:
        cache = EntityCache(RedisBackend(client, key_prefix="app:"), **serializers)
        cached = cache("user", cache_key="svc.get_user", ttl=3600)(get_user)
    else:
        cache = EntityCache(RedisBackend(client), prefix="app:", **serializers)
        cached = cache("user", key_prefix="svc.get_user", ttl=3600)(get_user)
    calls = {
        "get_user(42)": lambda: cached(42),
        'invalidate_entity("user", 42)': lambda: cache.invalidate_entity("user", 42),
        'invalidate_function("svc.get_user")': lambda: cache.invalidate_function("svc.get_user"),
        'invalidate_key("svc.get_user", 42)': lambda: cache.invalidate_key("svc.get_user", 42),
        "invalidate_all()": lambda: cache.invalidate_all(),
    }
    played = {}
    for name, call in calls.items():
        commands.clear()
        call()
        played[name] = list(commands)
    return played


def main():
    logging.disable()
    older, newer = sys.argv[1:]
    played = {"bdd94ca": play(older, False), "0313409": play(newer, True)}
    print(json.dumps(played, indent=2))


main()
