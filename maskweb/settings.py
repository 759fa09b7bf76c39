"""One settings file for every deployment shape; it reads the environment only and works with none.

Every variable is listed in the README's configuration table.
"""

from pathlib import Path

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from maskweb.environment import database, env, kept_secret_key, redis_socket, secret

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.str("MASKWEB_DATA_DIR", default=str(BASE_DIR / "var"))).expanduser().resolve()

DEBUG = env.bool("MASKWEB_DEBUG", default=False)
SECRET_KEY = secret("MASKWEB_SECRET_KEY") or kept_secret_key(DATA_DIR)
HOST = env.str("HOST", default="127.0.0.1")
PORT = env.int("PORT", default=8000)
# The Host header is checked only where the school gave its names: an embedded start is reached by any address.
ALLOWED_HOSTS = env.list("MASKWEB_ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]", HOST])
if HOST in {"0.0.0.0", "::"} and "MASKWEB_ALLOWED_HOSTS" not in env.ENVIRON:  # noqa: S104
    ALLOWED_HOSTS = ["*"]
CSRF_TRUSTED_ORIGINS = env.list("MASKWEB_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "maskweb",
    "training",
    "detection",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "axes",
    "csp",
    "django_filters",
    "django_htmx",
    "rest_framework",
    "rest_framework.authtoken",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "maskweb.middleware.PrivatePagesMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "maskweb.urls"
WSGI_APPLICATION = "maskweb.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "csp.context_processors.nonce",
            ],
        },
    }
]

# --- Database ---------------------------------------------------------------------------------------------------
DATABASES = {"default": database(default=f"sqlite:///{DATA_DIR / 'maskweb.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA mmap_size=134217728;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Files ------------------------------------------------------------------------------------------------------
MEDIA_ROOT = DATA_DIR / "media"  # never served by URL: every picture goes through a checked view
STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
FILE_UPLOAD_PERMISSIONS = 0o600  # whatever the umask: photos of children are for this program's account only
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
FILE_UPLOAD_TEMP_DIR = env.str("MASKWEB_UPLOAD_TEMP_DIR", default=None)

# --- Photos -----------------------------------------------------------------------------------------------------
PHOTO_MAX_BYTES = env.int("MASKWEB_PHOTO_MAX_BYTES", default=25 * 1024 * 1024)
PHOTO_MAX_PIXELS = env.int("MASKWEB_PHOTO_MAX_PIXELS", default=64_000_000)
PHOTO_MAX_SIDE = env.int("MASKWEB_PHOTO_MAX_SIDE", default=12_000)
PHOTO_MIN_SIDE = env.int("MASKWEB_PHOTO_MIN_SIDE", default=32)
FACE_FINDER = env.str("MASKWEB_FACE_FINDER", default="ssd")
YUNET_FILE = env.str("MASKWEB_YUNET_FILE", default="")
YUNET_SHA256 = env.str("MASKWEB_YUNET_SHA256", default="")
SCAN_WORKING_SIDE = env.int("MASKWEB_SCAN_WORKING_SIDE", default=1280)
SCAN_CLOSER_PIXELS = env.int("MASKWEB_SCAN_CLOSER_PIXELS", default=6_000_000)
THUMBNAIL_SIDE = 320
INTAKE_DECODES = env.int("MASKWEB_INTAKE_DECODES", default=2)
SCAN_DEVICE = env.str("MASKWEB_SCAN_DEVICE", default="auto")
SCAN_CHUNK = env.int("MASKWEB_SCAN_CHUNK", default=8)
SCAN_LEASE_SECONDS = env.int("MASKWEB_SCAN_LEASE_SECONDS", default=60)
SCAN_MAX_ATTEMPTS = env.int("MASKWEB_SCAN_MAX_ATTEMPTS", default=3)
SIGN_OF_LIFE_FILE = env.str("MASKWEB_SIGN_OF_LIFE_FILE", default="")
WORKER_HEARTBEAT_SECONDS = 5
WORKER_SILENT_SECONDS = 20
FILE_UPLOAD_HANDLERS = [
    "detection.uploads.CappedUploadHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
FILE_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
DATA_UPLOAD_MAX_NUMBER_FILES = 5
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024  # of form fields; photos are limited by PHOTO_MAX_BYTES at intake

# --- Queue ------------------------------------------------------------------------------------------------------
CELERY_BROKER_URL = secret("MASKWEB_BROKER_URL") or f"redis+socket://{redis_socket(DATA_DIR)}"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_connect_timeout": 2,
    "socket_timeout": 10,
    "socket_keepalive": True,
    # Without these a publisher tries for ever to reach a broker that is down.
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
    "interval_max": 0.2,
}
CELERY_TASK_PUBLISH_RETRY = False  # a page must not wait for a broker that is down: the row waits instead
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {
    "detection.tasks.scan_photos": {"queue": "scan"},
    "training.tasks.*": {"queue": "training"},
}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_PROC_ALIVE_TIMEOUT = 120  # the child imports torch and loads the model before it reports
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "maskweb.clock:Clock"
CELERY_BEAT_SCHEDULE = {
    "requeue-photos": {
        "task": "detection.tasks.requeue_photos",
        "schedule": env.int("MASKWEB_REQUEUE_SECONDS", default=10),
        "options": {"expires": 30},
    },
}

# --- Sign-in and browsers -----------------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "detection:start"
LOGOUT_REDIRECT_URL = "login"
AXES_FAILURE_LIMIT = env.int("MASKWEB_SIGN_IN_ATTEMPTS", default=8)
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]  # the pair: a school behind one address is never locked out
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "registration/locked_out.html"
AXES_IPWARE_PROXY_COUNT = env.int("MASKWEB_PROXY_COUNT", default=0)
AXES_IPWARE_META_PRECEDENCE_ORDER = (
    ["HTTP_X_FORWARDED_FOR", "REMOTE_ADDR"] if AXES_IPWARE_PROXY_COUNT else ["REMOTE_ADDR"]
)
AXES_VERBOSE = False

HTTPS = env.bool("MASKWEB_HTTPS", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 60 * 60 * 12
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
if env.int("MASKWEB_PROXY_COUNT", default=0):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    }
}

# --- API --------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_VERSIONING_CLASS": None,
    "EXCEPTION_HANDLER": "detection.api.errors.handle",
    "DEFAULT_THROTTLE_RATES": {"token": env.str("MASKWEB_TOKEN_RATE", default="10/min")},
    "NUM_PROXIES": env.int("MASKWEB_PROXY_COUNT", default=0),
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "maskweb API",
    "DESCRIPTION": "Send entrance photos, read a verdict on every face.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "PhotoStatus": "detection.models.Photo.Status",
        "ModelStatus": "detection.models.ModelVersion.Status",
        "Verdict": "detection.models.Photo.Verdict",
        "Label": "detection.models.Face.Label",
        "FaceFinder": "detection.models.FaceFinder",
        "Look": "detection.models.Photo.Look",
        "LookAnswer": "detection.models.PhotoLook.Answer",
        "JudgedBy": "detection.models.Face.JudgedBy",
        "Role": "detection.models.ModelVersion.Role",
    },
}

# --- Language and time ------------------------------------------------------------------------------------------
LANGUAGE_CODE = env.str("MASKWEB_LANGUAGE", default="en")
LANGUAGES = [("en", _("English")), ("fr", _("French"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = env.str("MASKWEB_TIME_ZONE", default="UTC")
USE_TZ = True

# --- Logs -------------------------------------------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("MASKWEB_LOG_LEVEL", default="INFO")},
    "loggers": {"django.server": {"handlers": ["console"], "level": "INFO", "propagate": False}},
}
