import Foundation

/// The terminal on which people read this rank's standard error.
public struct Terminal: Sendable {
  /// Characters of a line.
  let columns: Int

  /// nil if standard error is no terminal, or one that says it cannot renew a line (`TERM=dumb`).
  ///
  /// A rank's own standard error is a pipe to mpirun, which prints what comes. On mpirun's host the
  /// rank is mpirun's child, so the parent's standard error tells where that is. Any other parent, a
  /// shell above all, says nothing about where this process writes.
  public init?(
    _ launcher: Launcher, _ variables: [String: String] = ProcessInfo.processInfo.environment
  ) {
    guard variables["TERM"] != "dumb" else { return nil }
    if isatty(STDERR_FILENO) == 1 {
      columns = Self.columns(of: STDERR_FILENO)
      return
    }
    guard let mpirun = launcher.mpirun, Self.isPipe(STDERR_FILENO) else { return nil }
    let parent = open("/proc/\(mpirun)/fd/2", O_WRONLY | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)
    guard parent >= 0 else { return nil }
    defer { close(parent) }
    guard isatty(parent) == 1 else { return nil }
    columns = Self.columns(of: parent)
  }

  private static func isPipe(_ file: Int32) -> Bool {
    var facts = stat()
    return fstat(file, &facts) == 0 && facts.st_mode & S_IFMT == S_IFIFO
  }

  private static func columns(of terminal: Int32) -> Int {
    var size = winsize()
    let known = ioctl(terminal, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 1
    return known ? Int(size.ws_col) : 80
  }
}
