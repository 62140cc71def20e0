#!/usr/bin/env python3
"""How modules come in."""
from __future__ import annotations

import os
import os.path
import xml.etree.ElementTree as ET
import sqlalchemy.orm, redis
from flask import Flask, request as req
from . import db
from ..models import User as Account
from ...pkg.sub import *

try:
    import orjson as json
except ImportError:
    import json

try:
    from functools import cache
except ImportError:
    def cache(function):
        return function

if TYPE_CHECKING:
    from sqlalchemy import Engine


def handler():
    import psycopg2.extras
    from time import sleep as pause

    pause(1)
    conn = psycopg2.connect(os.environ["DSN"])
    return json.dumps(db.rows(conn, later(), ET, redis.Redis(), cache))


def later():
    return sqlalchemy.orm.sessionmaker()
