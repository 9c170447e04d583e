"""Typed tables: what has a life of its own and is written by actions."""

from geoapp.model.answer import ConcernOwner, PostcodeDistrict, PublicAnswer
from geoapp.model.audit import AuditEntry
from geoapp.model.base import Base
from geoapp.model.concern import Concern, ConcernArea, ConcernFactor, Factor, Photo, StatusEvent, Tombstone
from geoapp.model.export import Export, ExportPart
from geoapp.model.feed import FeedChange, FeedLog, FeedPresence, FeedSettling, FeedUnsettled
from geoapp.model.feed_text import FeedDay, FeedFeature, FeedOrder, FeedScope
from geoapp.model.figure import (
    FigureCell,
    FigureConcern,
    FigureReach,
    FigureTotal,
    FigureVoice,
    FigureWalk,
)
from geoapp.model.ground import Ground
from geoapp.model.person import (
    ApiToken,
    FeedKey,
    FeedKeyBorough,
    Person,
    PersonBorough,
    SignIn,
    SignInFailure,
    Team,
)
from geoapp.model.safety_audit import CrimeMark, SafetyAudit, SafetyAuditScore, SafetyAuditTombstone
from geoapp.model.scheme import (
    Asking,
    Erasure,
    Feedback,
    JoinableWalk,
    JoinRequest,
    Message,
    RequestEvent,
)
from geoapp.model.walk import Exposure, Track, TrackChunk, Walk
from geoapp.model.ward import Area, Borough, CellWard, Edition, WardSketch

__all__ = [
    "ApiToken",
    "Area",
    "Asking",
    "AuditEntry",
    "Base",
    "Borough",
    "CellWard",
    "Concern",
    "ConcernArea",
    "ConcernFactor",
    "ConcernOwner",
    "CrimeMark",
    "Edition",
    "Erasure",
    "Export",
    "ExportPart",
    "Exposure",
    "Factor",
    "FeedChange",
    "FeedDay",
    "FeedFeature",
    "FeedKey",
    "FeedKeyBorough",
    "FeedLog",
    "FeedOrder",
    "FeedPresence",
    "FeedScope",
    "FeedSettling",
    "FeedUnsettled",
    "Feedback",
    "FigureCell",
    "FigureConcern",
    "FigureReach",
    "FigureTotal",
    "FigureVoice",
    "FigureWalk",
    "Ground",
    "JoinRequest",
    "JoinableWalk",
    "Message",
    "Person",
    "PersonBorough",
    "Photo",
    "PostcodeDistrict",
    "PublicAnswer",
    "RequestEvent",
    "SafetyAudit",
    "SafetyAuditScore",
    "SafetyAuditTombstone",
    "SignIn",
    "SignInFailure",
    "StatusEvent",
    "Team",
    "Tombstone",
    "Track",
    "TrackChunk",
    "Walk",
    "WardSketch",
]
