"""The media cache: files by reference. What a file is, whether we may keep it, where its bytes lie, who may read them.

Start with `media_cache`. `item` is what a message names, `kind` says what bytes are, `policy` what is accepted, `picture`
draws pictures anew, `sound` makes voices playable, `length` says how long sound lasts, `blobs` and `disk` hold bytes by their
hash, `catalog` is where items are written down, `links` signs links, `serve` makes HTTP headers, `names` makes names harmless.
Nothing here knows what a contact is or which platforms there are.
"""

from cache.blobs import Blobs, StorageFull, StorageTrouble, Stored
from cache.catalog import Catalog, MemoryCatalog
from cache.disk import DiskBlobs
from cache.item import ORIGINAL, PREVIEW, WEB, Item, Rendition, State, random_id
from cache.kind import Family, Kind, sniff
from cache.links import ANYONE, Link, Links
from cache.media_cache import MediaCache
from cache.names import clean_name
from cache.policy import Policy
from cache.serve import Served, serve

__all__ = [
    "ANYONE",
    "ORIGINAL",
    "PREVIEW",
    "WEB",
    "Blobs",
    "Catalog",
    "DiskBlobs",
    "Family",
    "Item",
    "Kind",
    "Link",
    "Links",
    "MediaCache",
    "MemoryCatalog",
    "Policy",
    "Rendition",
    "Served",
    "State",
    "StorageFull",
    "StorageTrouble",
    "Stored",
    "clean_name",
    "random_id",
    "serve",
    "sniff",
]
