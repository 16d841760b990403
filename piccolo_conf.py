"""Piccolo looks for this file by name: the engine, and the app whose migrations it runs."""

from __future__ import annotations

from piccolo.conf.apps import AppRegistry

from domain.database import engine

DB = engine
APP_REGISTRY = AppRegistry(apps=["domain.piccolo_app"])
