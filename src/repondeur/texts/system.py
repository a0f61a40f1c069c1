"""What the system says of files and connections (strerror), which is English whatever the language, in French."""

from collections.abc import Mapping
from typing import Final

FRENCH: Final[Mapping[str, str]] = {
    "No such file or directory": "fichier ou dossier introuvable",
    "Permission denied": "accès refusé",
    "Operation not permitted": "opération non permise",
    "Is a directory": "c’est un dossier",
    "Not a directory": "ce n’est pas un dossier",
    "File exists": "le fichier existe déjà",
    "File name too long": "nom de fichier trop long",
    "Read-only file system": "système de fichiers en lecture seule",
    "No space left on device": "plus de place sur le disque",
    "Disk quota exceeded": "quota de disque dépassé",
    "Too many open files": "trop de fichiers ouverts",
    "Too many levels of symbolic links": "trop de liens symboliques",
    "Input/output error": "erreur d’entrée-sortie",
    "Cannot allocate memory": "plus de mémoire libre",
    "Address already in use": "adresse déjà utilisée",
    "Cannot assign requested address": "cette machine n’a pas cette adresse",
    "Connection refused": "connexion refusée",
    "Connection reset by peer": "connexion coupée par l’autre côté",
    "Network is unreachable": "réseau inaccessible",
    "No route to host": "aucune route vers cette machine",
}
