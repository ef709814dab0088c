/*
 * A window with one page of Chromium 21 in it.
 *
 *   host FOLDER URL
 *
 * FOLDER is the unpacked npm package appjs-linux-x64: libcef.so 1.1180 in libs/, its resources in data/. Runs until it is
 * killed. What the page writes to its console goes to stdout.
 *
 * Neither CEF nor GTK headers of that time are needed: both libraries are opened at run time, and of their interfaces only
 * what is called here is declared. Objects that CEF gets from us are static, so counting references to them is idle.
 */
#include <dlfcn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_BYTES = 4096, CLIENT_GETTERS = 14, DISPLAY_EVENTS = 7, DIALOG_EVENTS = 3 };

/* Where in the tables of functions CEF 1 looks for what we answer; an empty place means CEF's own behaviour. */
enum { GET_DISPLAY = 3, GET_DIALOGS = 10, ON_CONSOLE = 6 };

/* What CEF 1.1180 says is the size of the settings of a page; all of them stay at their defaults. */
enum { PAGE_SETTINGS_BYTES = 272 };

typedef struct {
  unsigned short *units;
  size_t length;
  void (*release)(unsigned short *);
} wide_text;

typedef struct {
  char *bytes;
  size_t length;
  void (*release)(char *);
} narrow_text;

typedef struct {
  size_t size;
  int (*add_reference)(void *);
  int (*drop_reference)(void *);
  int (*count_references)(void *);
} head;

typedef struct {
  size_t size;
  bool has_own_threads;
  wide_text cache_path, user_agent, product_version, locale;
  void *plugin_paths;
  wide_text log_file;
  int log_severity, graphics;
  unsigned local_storage_quota, session_storage_quota;
  wide_text script_flags, pack_file, locales_folder;
  bool has_no_pack;
} engine_settings;

typedef struct {
  head head;
  void *(*getters[CLIENT_GETTERS])(void *);
} client;

typedef struct {
  head head;
  void *events[DISPLAY_EVENTS];
} display;

typedef struct {
  head head;
  int (*events[DIALOG_EVENTS])(void);
} dialogs;

typedef struct {
  void *parent, *widget;
} window_place;

_Static_assert(sizeof(engine_settings) == 240, "settings of CEF 1.1180");
_Static_assert(sizeof(client) == 144 && sizeof(display) == 88 && sizeof(dialogs) == 56, "handlers of CEF 1.1180");

static int (*to_wide)(const char *, size_t, wide_text *);
static int (*to_narrow)(const unsigned short *, size_t, narrow_text *);

static void fail(const char *format, ...) {
  va_list values;
  va_start(values, format);
  vfprintf(stderr, format, values);
  va_end(values);
  fputc('\n', stderr);
  _Exit(1);
}

static void *open_library(const char *path) {
  void *library = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
  if (library == NULL) fail("%s", dlerror());
  return library;
}

static void *find(void *library, const char *name) {
  void *found = dlsym(library, name);
  if (found == NULL) fail("%s", dlerror());
  return found;
}

static wide_text widen(const char *text) {
  wide_text result = {0};
  to_wide(text, strlen(text), &result);
  return result;
}

static wide_text widen_path(const char *folder, const char *rest) {
  char path[PATH_BYTES];
  if (snprintf(path, sizeof path, "%s/%s", folder, rest) >= (int)sizeof path) fail("%s: too long", folder);
  return widen(path);
}

static int keep(void *object) {
  (void)object;
  return 1;
}

static int print_console(void *self, void *page, const wide_text *message, const wide_text *source, int line) {
  (void)self, (void)page, (void)source;
  narrow_text text = {0};
  to_narrow(message->units, message->length, &text);
  printf("%d: %.*s\n", line, (int)text.length, text.bytes == NULL ? "" : text.bytes);
  fflush(stdout);
  if (text.release != NULL) text.release(text.bytes);
  return 1;
}

/* alert, confirm and prompt: answered as if the person had closed them, without a window that somebody has to close. */
static int dismiss(void) { return 1; }

static const head kept = {0, keep, keep, keep};
static display the_display;
static dialogs the_dialogs;
static client the_client;

static void *get_display(void *self) {
  (void)self;
  return &the_display;
}

static void *get_dialogs(void *self) {
  (void)self;
  return &the_dialogs;
}

static void prepare_handlers(void) {
  the_display.head = the_dialogs.head = the_client.head = kept;
  the_display.head.size = sizeof the_display;
  the_dialogs.head.size = sizeof the_dialogs;
  the_client.head.size = sizeof the_client;
  the_display.events[ON_CONSOLE] = (void *)print_console;
  for (int i = 0; i < DIALOG_EVENTS; i += 1) the_dialogs.events[i] = dismiss;
  the_client.getters[GET_DISPLAY] = get_display;
  the_client.getters[GET_DIALOGS] = get_dialogs;
}

static void start_engine(void *cef, const char *folder) {
  int (*initialize)(const engine_settings *, void *) = find(cef, "cef_initialize");
  /* Without a path for its cache it keeps everything in memory, web storage included. */
  engine_settings settings = {.size = sizeof settings};
  settings.log_file = widen("/dev/null");
  settings.pack_file = widen_path(folder, "data/chrome.pak");
  settings.locales_folder = widen_path(folder, "data/locales");
  if (!initialize(&settings, NULL)) fail("cef_initialize refuses these settings.");
}

static void open_page(void *gtk, void *cef, const char *url) {
  void *(*new_window)(int) = find(gtk, "gtk_window_new");
  void *(*new_box)(int, int) = find(gtk, "gtk_vbox_new");
  void (*set_size)(void *, int, int) = find(gtk, "gtk_window_set_default_size");
  void (*add)(void *, void *) = find(gtk, "gtk_container_add");
  void (*show)(void *) = find(gtk, "gtk_widget_show_all");
  void *(*create)(window_place *, client *, wide_text *, void *) = find(cef, "cef_browser_create_sync");

  void *window = new_window(0);
  void *box = new_box(0, 0);
  set_size(window, 1024, 768);
  add(window, box);
  window_place place = {.parent = box};
  size_t page_settings[PAGE_SETTINGS_BYTES / sizeof(size_t)] = {PAGE_SETTINGS_BYTES};
  wide_text address = widen(url);
  if (create(&place, &the_client, &address, page_settings) == NULL) fail("cef_browser_create_sync makes no page.");
  show(window);
}

int main(int count, char **arguments) {
  if (count != 3) fail("Usage: host FOLDER URL");
  char path[PATH_BYTES];
  const char *folder = arguments[1];
  const char *url = arguments[2];
  if (snprintf(path, sizeof path, "%s/libs/libcef.so", folder) >= (int)sizeof path) fail("%s: too long", folder);

  void *gtk = open_library("libgtk-x11-2.0.so.0");
  void *cef = open_library(path);
  to_wide = find(cef, "cef_string_utf8_to_utf16");
  to_narrow = find(cef, "cef_string_utf16_to_utf8");
  int (*prepare)(int *, char ***) = find(gtk, "gtk_init_check");
  void (*run)(void) = find(cef, "cef_run_message_loop");

  if (!prepare(&count, &arguments)) fail("There is no display.");
  prepare_handlers();
  start_engine(cef, folder);
  open_page(gtk, cef, url);
  run();
  _Exit(0);
}
