"""Reads every source into the database; killed at any moment, nothing is lost or counted twice.

What is read and how far are written in one transaction.
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import openai
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn
from sqlalchemy import Connection, Engine, delete, select, update
from sqlalchemy.exc import SQLAlchemyError

from tools.usage import costs_api, stored, verify
from tools.usage.accounts import Account, ConfigFailure, read_accounts
from tools.usage.calls import Call
from tools.usage.database import (
    DatabaseFailure,
    all_calls,
    billed,
    calls,
    default_database,
    open_database,
    position_of,
    write_calls,
    write_costs,
    write_position,
    writing,
    PICODOLLARS,
)
from tools.usage.log_files import PIPE, Mark, identity_of, read_log
from tools.usage.prices import cost_columns
from tools.usage.service_failures import SourceFailure

_MOST_FAULTS_TOLD = 20
