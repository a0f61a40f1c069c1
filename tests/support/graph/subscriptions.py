from typing import Any

from tests.support.graph.failures import not_played

Subscription = Any


class Subscribing:
    def __init__(self, house):
        self.most_live = 0

    def live(self):
        return []

    def changed(self, *a):
        pass

    async def answer(self, call, rest, roles):
        raise not_played("subscriptions")
