import Foundation

/// What who only looks sees of a run's lock: it takes nothing and waits for nobody, and so cannot keep a job out.
extension RunLock {
  /// Whether a rank of a job lives that holds a run directory; nil: nobody can say.
  public static func isHeld(_ directory: RunDirectory) -> Bool? {
    let file = open(directory.lockPath, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { return errno == ENOENT ? false : nil }
    defer { close(file) }
    return isHeld(file)
  }

  private static func isHeld(_ file: Int32) -> Bool? {
    let held = [LockByte.job, .ranks].map { $0.isHeld(file) }
    return held.contains(true) ? true : held.contains(nil) ? nil : false
  }

  /// What a run's lock file shows to who only looks.
  public struct Sight: Sendable {
    /// Whether a job holds it; nil: nobody can say, as on a file system without locks.
    public let isHeld: Bool?
    /// When the job last moved on.
    public let beat: Date
  }

  /// Looks at a run's lock; nil: there is none.
  public static func sight(of directory: RunDirectory) -> Sight? {
    // Opened anew each time, so that NFS shows the file as it is now.
    let file = open(directory.lockPath, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var facts = stat()
    guard fstat(file, &facts) == 0 else { return nil }
    let seconds = Double(facts.st_mtim.tv_sec) + 1e-9 * Double(facts.st_mtim.tv_nsec)
    return Sight(isHeld: isHeld(file), beat: Date(timeIntervalSince1970: seconds))
  }
}
