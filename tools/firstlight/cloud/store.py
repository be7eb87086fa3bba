"""The database: one SQLite file in a directory that one cloud owns."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from firstlight.cloud import model
from firstlight.errors import UserError

# WAL: readers never wait for the writer. FULL: a token that was handed out outlives a power cut.
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000")


class Store:
    """Sessions on the database in `directory`, which is made at the first start.

    Raises UserError when the directory cannot be used, or another cloud uses it. May be used from any thread.
    """

    def __init__(self, directory: Path) -> None:
        self._turn = threading.Lock()  # SQLite has one writer; waiting here is fair and never times out
        self._lock_file = _lock(directory)
        try:
            self._engine = _open(directory / "cloud.sqlite3")
        except BaseException:
            os.close(self._lock_file)
            raise

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for reading."""
        with Session(self._engine) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session whose changes are committed together, or not at all when the block raises."""
        with self._turn, Session(self._engine) as session, session.begin():
            yield session

    def close(self) -> None:
        """Close the database and let the directory go."""
        self._engine.dispose()
        os.close(self._lock_file)


def _lock(directory: Path) -> int:
    """Own `directory` until the returned descriptor is closed (or the process ends, however it ends)."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock_file = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise UserError(f"--data: cannot write in {directory} ({error.strerror}); choose another") from None
    try:
        fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock_file)
        raise UserError(f"--data: another cloud is using {directory}; stop it or choose another") from None
    return lock_file


def _open(path: Path) -> Engine:
    # hide_parameters: an error's text must not carry what was being stored.
    engine = create_engine(f"sqlite:///{path}", hide_parameters=True)
    event.listen(engine, "connect", _configure)
    try:
        path.touch(mode=0o600)
        _check_version(path)
        with engine.begin() as connection:
            model.Table.metadata.create_all(connection)
            connection.execute(text(f"PRAGMA user_version={model.VERSION}"))
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        engine.dispose()
        reason = getattr(error, "orig", None) or error
        raise UserError(f"--data: cannot use {path} ({reason}); restore it or choose another") from None
    return engine


def _check_version(path: Path) -> None:
    """Raise UserError for data of a newer firstlight, before anything in it is changed."""
    with closing(sqlite3.connect(path)) as connection:
        (found,) = connection.execute("PRAGMA user_version").fetchone()
    if found > model.VERSION:
        raise UserError(f"--data: {path} was written by a newer firstlight; update this one")


def _configure(connection: sqlite3.Connection, _record: object) -> None:
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}").close()
