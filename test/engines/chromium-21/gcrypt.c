/*
 * Stands in for libgcrypt.so.11, which Chromium 21 was linked with and Debian no longer has. Its only call is made when the
 * library is set up; nothing that is encrypted goes through it.
 */
int gcry_control(int command, ...);

int gcry_control(int command, ...) {
  (void)command;
  return 0;
}
