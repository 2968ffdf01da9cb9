#include "core/audit/package_names.hpp"

#include <algorithm>
#include <set>

#include "core/text/ascii_case.hpp"
#include "core/text/split.hpp"

namespace rung {
namespace {

using NameSet = std::set<std::string_view>;

NameSet words_in(std::string_view text) {
  NameSet words;
  for (const std::string_view word : split(text, ' ')) {
    if (!word.empty()) words.insert(word);
  }
  return words;
}

// Source: sys.stdlib_module_names of Python 3.11, and what other versions of
// Python 3 have or had (docs.python.org, "What's New").
constexpr std::string_view kPythonModules =
    "__future__ __main__ _thread _typeshed abc aifc annotationlib antigravity "
    "argparse array ast asynchat asyncio asyncore atexit audioop base64 bdb "
    "binascii binhex bisect builtins bz2 cProfile calendar cgi cgitb chunk "
    "cmath cmd code codecs codeop collections colorsys compileall compression "
    "concurrent configparser contextlib contextvars copy copyreg crypt csv "
    "ctypes curses dataclasses datetime dbm decimal difflib dis distutils "
    "doctest dummy_threading email encodings ensurepip enum errno "
    "faulthandler fcntl filecmp fileinput fnmatch formatter fractions ftplib "
    "functools gc genericpath getopt getpass gettext glob graphlib grp gzip "
    "hashlib heapq hmac html http idlelib imaplib imghdr imp importlib "
    "inspect io ipaddress itertools json keyword lib2to3 linecache locale "
    "logging lzma macpath mailbox mailcap marshal math mimetypes mmap "
    "modulefinder msilib msvcrt multiprocessing netrc nis nntplib nt ntpath "
    "nturl2path numbers opcode operator optparse os ossaudiodev parser "
    "pathlib pdb pickle pickletools pipes pkgutil platform plistlib poplib "
    "posix posixpath pprint profile pstats pty pwd py_compile pyclbr pydoc "
    "pydoc_data pyexpat pyrepl queue quopri random re readline reprlib "
    "resource rlcompleter runpy sched secrets select selectors shelve shlex "
    "shutil signal site smtpd smtplib sndhdr socket socketserver spwd sqlite3 "
    "sre_compile sre_constants sre_parse ssl stat statistics string "
    "stringprep struct subprocess sunau symbol symtable sys sysconfig syslog "
    "tabnanny tarfile telnetlib tempfile termios textwrap this threading time "
    "timeit tkinter token tokenize tomllib trace traceback tracemalloc tty "
    "turtle turtledemo types typing unicodedata unittest urllib uu uuid venv "
    "warnings wave weakref webbrowser winreg winsound wsgiref xdrlib xml "
    "xmlrpc zipapp zipfile zipimport zlib zoneinfo ";

// Source: nodejs.org, "module.builtinModules".
constexpr std::string_view kNodeModules =
    "assert async_hooks buffer bun child_process cluster console constants "
    "crypto dgram diagnostics_channel dns domain events fs http http2 https "
    "inspector module net os path perf_hooks process punycode querystring "
    "readline repl stream string_decoder sys timers tls trace_events tty url "
    "util v8 vm wasi worker_threads zlib ";

constexpr std::string_view kUsuallyBrought =
    "starlette pydantic pydantic_core typing_extensions anyio werkzeug jinja2 "
    "markupsafe click itsdangerous blinker urllib3 idna certifi "
    "charset_normalizer chardet asgiref sqlparse numpy dateutil pytz tzdata "
    "six setuptools pkg_resources packaging attr attrs botocore s3transfer "
    "jmespath httpcore h11 sniffio greenlet mako wtforms kombu billiard vine "
    "amqp google grpc requests_oauthlib oauthlib cryptography cffi pycparser "
    "yarl multidict aiosignal frozenlist scipy joblib threadpoolctl "
    "mpl_toolkits pyasn1 rsa cachetools rich pygments tqdm docutils zope "
    "webob paste bson gridfs dns marshmallow alembic sqlalchemy soupsieve "
    "websockets ujson orjson redis httpx social_core wheel pip distutils ";

struct Provider {
  std::string_view import, packages;
};

// Source: the pages of the packages at pypi.org.
constexpr Provider kProviders[] = {
    {"yaml", "PyYAML"},
    {"cv2",
     "opencv-python opencv-python-headless opencv-contrib-python "
     "opencv-contrib-python-headless"},
    {"PIL", "Pillow pillow-simd"},
    {"bs4", "beautifulsoup4"},
    {"dotenv", "python-dotenv"},
    {"jwt", "PyJWT"},
    {"dateutil", "python-dateutil"},
    {"sklearn", "scikit-learn"},
    {"skimage", "scikit-image"},
    {"imblearn", "imbalanced-learn"},
    {"skopt", "scikit-optimize"},
    {"attr", "attrs"},
    {"dns", "dnspython"},
    {"OpenSSL", "pyOpenSSL"},
    {"Crypto", "pycryptodome"},
    {"Cryptodome", "pycryptodomex"},
    {"MySQLdb", "mysqlclient"},
    {"mysql", "mysql-connector-python"},
    {"psycopg2", "psycopg2-binary psycopg2"},
    {"psycopg", "psycopg psycopg-binary"},
    {"serial", "pyserial"},
    {"usb", "pyusb"},
    {"magic", "python-magic"},
    {"docx", "python-docx"},
    {"pptx", "python-pptx"},
    {"multipart", "python-multipart"},
    {"jose", "python-jose"},
    {"slugify", "python-slugify"},
    {"telegram", "python-telegram-bot"},
    {"telebot", "pyTelegramBotAPI"},
    {"ldap", "python-ldap"},
    {"ldap3", "ldap3"},
    {"rest_framework", "djangorestframework"},
    {"rest_framework_simplejwt", "djangorestframework-simplejwt"},
    {"corsheaders", "django-cors-headers"},
    {"environ", "django-environ"},
    {"debug_toolbar", "django-debug-toolbar"},
    {"django_filters", "django-filter"},
    {"oauth2_provider", "django-oauth-toolkit"},
    {"social_django", "social-auth-app-django"},
    {"social_core", "social-auth-core"},
    {"haystack", "django-haystack"},
    {"decouple", "python-decouple"},
    {"pkg_resources", "setuptools"},
    {"git", "GitPython"},
    {"github", "PyGithub"},
    {"gitlab", "python-gitlab"},
    {"zmq", "pyzmq"},
    {"win32api", "pywin32"},
    {"win32con", "pywin32"},
    {"win32com", "pywin32"},
    {"pythoncom", "pywin32"},
    {"pywintypes", "pywin32"},
    {"gi", "PyGObject"},
    {"fitz", "PyMuPDF"},
    {"faiss", "faiss-cpu faiss-gpu"},
    {"socketio", "python-socketio"},
    {"engineio", "python-engineio"},
    {"mpl_toolkits", "matplotlib"},
    {"pylab", "matplotlib"},
    {"umap", "umap-learn"},
    {"Levenshtein", "Levenshtein python-Levenshtein"},
    {"kafka", "kafka-python kafka-python-ng"},
    {"bson", "pymongo"},
    {"gridfs", "pymongo"},
    {"googleapiclient", "google-api-python-client"},
    {"grpc", "grpcio"},
    {"nacl", "PyNaCl"},
    {"paho", "paho-mqtt"},
    {"RPi", "RPi.GPIO"},
    {"pythonjsonlogger", "python-json-logger"},
    {"weaviate", "weaviate-client"},
    {"ruamel", "ruamel.yaml"},
    {"msgpack", "msgpack"},
    {"stdnum", "python-stdnum"},
    {"sass", "libsass"},
    {"compressor", "django-compressor"},
    {"discord", "discord.py"},
    {"websocket", "websocket-client"},
    {"markdown_it", "markdown-it-py"},
    {"jinja2", "Jinja2"},
    {"OpenGL", "PyOpenGL"},
    {"pyasn1_modules", "pyasn1-modules"},
    {"usaddress", "usaddress"},
    {"whois", "python-whois"},
    {"memcache", "python-memcached"},
    {"pymemcache", "pymemcache"},
    {"consul", "python-consul"},
    {"etcd3", "etcd3"},
    {"barcode", "python-barcode"},
    {"igraph", "python-igraph igraph"},
    {"louvain", "python-louvain"},
    {"community", "python-louvain"},
    {"crontab", "python-crontab"},
    {"daemon", "python-daemon"},
    {"editor", "python-editor"},
    {"http_parser", "http-parser"},
    {"nmap", "python-nmap"},
    {"pam", "python-pam"},
    {"saml2", "pysaml2"},
    {"onelogin", "python3-saml"},
    {"snappy", "python-snappy"},
    {"twitter", "python-twitter"},
    {"unrar", "unrar"},
    {"vlc", "python-vlc"},
    {"xmlsec", "xmlsec"},
    {"clickhouse_driver", "clickhouse-driver"},
    {"snowflake", "snowflake-connector-python"},
    {"tree_sitter", "tree-sitter"},
    {"zope", "zope.interface"},
};

// Source: the requirements of the packages at pypi.org.
constexpr Provider kBrought[] = {
    {"django_filters", "wagtail"},
    {"modelcluster", "wagtail"},
    {"taggit", "wagtail"},
    {"treebeard", "wagtail django-cms"},
    {"willow", "wagtail"},
    {"rest_framework", "wagtail drf-spectacular djangorestframework-simplejwt"},
    {"bs4", "wagtail"},
    {"requests", "wagtail stripe sendgrid twilio google-cloud-storage"},
    {"yaml", "uvicorn kubernetes docker-compose drf-spectacular"},
    {"dotenv", "uvicorn fastapi pydantic-settings"},
    {"PIL", "matplotlib scikit-image wagtail reportlab torchvision"},
    {"pandas", "seaborn streamlit statsmodels plotly"},
    {"numpy", "opencv-python torch"},
    {"langchain_core", "langchain langgraph"},
    {"langchain_text_splitters", "langchain"},
    {"tokenizers", "transformers"},
    {"huggingface_hub", "transformers datasets diffusers"},
    {"safetensors", "transformers diffusers"},
    {"uvicorn", "fastapi"},
    {"httpx", "openai anthropic fastapi python-telegram-bot"},
    {"lxml", "python-docx python-pptx openpyxl pysaml2"},
    {"wsproto", "hypercorn"},
};

std::string letters(std::string_view name) {
  std::string all;
  for (const char c : name) {
    if (c != '-' && c != '_' && c != '.') all += ascii_lower(c);
  }
  return all;
}

}  // namespace

bool is_python_module(std::string_view name) {
  static const NameSet kAll = words_in(kPythonModules);
  return kAll.contains(name);
}

bool is_node_module(std::string_view name) {
  static const NameSet kAll = words_in(kNodeModules);
  return kAll.contains(name.substr(0, name.find('/')));
}

int python_without(std::string_view module) {
  // Sources: docs.python.org, "What's New in Python 3.12" and PEP 594.
  static const NameSet k12 = words_in("distutils imp asynchat asyncore smtpd");
  static const NameSet k13 = words_in(
      "aifc audioop cgi cgitb chunk crypt imghdr mailcap msilib nis nntplib "
      "ossaudiodev pipes sndhdr spwd sunau telnetlib uu xdrlib lib2to3");
  return k12.contains(module) ? 12 : k13.contains(module) ? 13 : 0;
}

std::string_view known_packages_of(std::string_view import) {
  for (const Provider& one : kProviders) {
    if (one.import == import) return one.packages;
  }
  return "";
}

bool is_usually_brought(std::string_view import) {
  static const NameSet kAll = words_in(kUsuallyBrought);
  return kAll.contains(import);
}

bool is_brought_by(std::string_view package, std::string_view import) {
  for (const Provider& one : kBrought) {
    if (one.import != import) continue;
    for (const std::string_view parent : split(one.packages, ' ')) {
      if (parent == package) return true;
    }
  }
  return false;
}

std::string plain_package(std::string_view name) {
  std::string plain;
  for (const char c : name) {
    const bool separates = c == '-' || c == '_' || c == '.';
    if (separates && plain.ends_with('-')) continue;
    plain += separates ? '-' : ascii_lower(c);
  }
  return plain;
}

bool may_provide(std::string_view package, std::string_view import) {
  const std::string plain = plain_package(package);
  for (const std::string_view known : split(known_packages_of(import), ' ')) {
    if (!known.empty() && plain_package(known) == plain) return true;
  }
  const std::string mine = letters(import);
  const std::string whole = letters(package);
  if (mine == whole) return true;
  // Many packages have these names in theirs.
  static const NameSet kFrameworks = words_in(
      "django flask wagtail fastapi celery requests sqlalchemy pydantic redis "
      "numpy pandas torch jinja2 click httpx aiohttp starlette werkzeug "
      "alembic "
      "pytest boto3 openai langchain");
  if (kFrameworks.contains(import)) return false;
  const auto parts = split(plain, '-');
  // strawberry_django is of strawberry-graphql-django.
  const auto mine_parts = split(import, '_');
  const auto is_part = [&](std::string_view part) {
    return std::find(parts.begin(), parts.end(), ascii_lower(part)) !=
           parts.end();
  };
  if (is_part(mine) ||
      std::all_of(mine_parts.begin(), mine_parts.end(), is_part)) {
    return true;
  }
  return mine.size() >= 4 && whole.find(mine) != whole.npos;
}

}  // namespace rung
