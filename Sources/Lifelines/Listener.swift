import Foundation

/// A TCP port at which lines come in.
final class Listener {
  let port: UInt16
  private let descriptor: Int32

  private static let kind =
    Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)

  /// A free port of all addresses of this host, of both families where it has both.
  ///
  /// - Throws: `Line.Cut`.
  init() throws(Line.Cut) {
    descriptor = try Self.listen()
    var address = sockaddr_in6()
    var size = socklen_t(MemoryLayout<sockaddr_in6>.size)
    let descriptor = descriptor
    let code = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
    }
    guard code == 0 else { throw Line.Cut(code: errno) }
    // It lies at the same place in both families.
    port = UInt16(bigEndian: address.sin6_port)
  }

  deinit { close(descriptor) }

  private static func listen() throws(Line.Cut) -> Int32 {
    for family in [AF_INET6, AF_INET] {
      let descriptor = socket(family, kind, 0)
      guard descriptor >= 0 else { continue }
      var none: Int32 = 0
      if family == AF_INET6 {
        setsockopt(
          descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &none,
          socklen_t(MemoryLayout<Int32>.size))
      }
      // All zeros but the family: any address, any port.
      var address = sockaddr_in6()
      address.sin6_family = sa_family_t(family)
      let size =
        family == AF_INET6 ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size
      let code = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          bind(descriptor, $0, socklen_t(size))
        }
      }
      if code == 0, Glibc.listen(descriptor, SOMAXCONN) == 0 { return descriptor }
      close(descriptor)
    }
    throw Line.Cut(code: errno)
  }

  /// A line that has come in; nil: none now.
  func accept() -> Line? {
    let line = Glibc.accept(descriptor, nil, nil)
    guard line >= 0 else { return nil }
    _ = fcntl(line, F_SETFL, O_NONBLOCK)
    _ = fcntl(line, F_SETFD, FD_CLOEXEC)
    return Line(line)
  }

  /// Raises the number of files that this process may have open, as far as that is allowed.
  static func makeRoom(files: Int) {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = max(limit.rlim_cur, min(limit.rlim_max, rlim_t(files)))
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }
}
