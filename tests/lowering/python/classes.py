"""Classes: fields, methods, receivers, bodies."""
from dataclasses import dataclass, field
from functools import cached_property


class Empty(Exception):
    """Nothing."""


@dataclass(frozen=True)
class User(Base, Generic[T], metaclass=Meta, table=True):
    """A user."""

    id: int
    name: str = "anon"
    """Its name."""
    tags: list["Tag"] = field(default_factory=list)
    key = alias = make_key()
    on_save = lambda self: None

    class Meta:
        ordering = ["-id"]

    def __init__(self, pool, *, size=1):
        super().__init__(pool)
        self.pool = pool
        self.sizes = [self.pool.get(i) for i in range(size)]

    @property
    def full(self):
        return self.name

    @full.setter
    def full(self, value):
        def later():
            return self.name, value
        self.name = later

    @cached_property
    def posts(this):
        return this.load("posts")

    @staticmethod
    def parse(text):
        return User(text)

    @classmethod
    async def create(cls, *args):
        await cls.objects.save()
        return cls(*args)

    def no_receiver():
        return 1


class WithBody:
    registry = {}
    registry["a"] = 1
    for name in names:
        registry[name] = name
    if DEBUG:
        level = 1

        def debug(self):
            return self.level


def local():
    class Inner:
        def method(self):
            return Inner

    return Inner()
