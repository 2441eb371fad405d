import Foundation

extension LifelineClient {
  /// Seconds that an address has alone.
  private static let turn = 0.5

  /// A line to rank 0 by the first of its addresses that answers; nil: none does within so many seconds.
  package static func connect(_ offer: LifelineOffer, rank: Int, within seconds: Double) -> Line? {
    let hello = LifelineWord(.hello, number: UInt32(rank), payload: offer.token)
    var addresses = offer.addresses[...]
    var lines: [(line: Line, isSaid: Bool)] = []
    let begin = Lifelines.now
    var tried = 0.0
    while case let now = Double(Lifelines.now - begin) * 1e-9, now < seconds {
      // The next address has its turn when the ones before have had some time.
      if lines.isEmpty || now > tried + Self.turn, let address = addresses.popFirst() {
        tried = now
        if let line = Self.begin(address, offer.port) { lines.append((line, false)) }
        continue
      }
      if lines.isEmpty { return nil }
      var polled = lines.map {
        pollfd(fd: $0.line.descriptor, events: Int16($0.isSaid ? POLLIN : POLLOUT), revents: 0)
      }
      guard poll(&polled, nfds_t(polled.count), 100) > 0 else { continue }
      var left: [(line: Line, isSaid: Bool)] = []
      for (entry, polled) in zip(lines, polled) {
        guard polled.revents != 0 else {
          left.append(entry)
          continue
        }
        do throws(Line.Cut) {
          if entry.isSaid {
            // Whoever else listens there is no rank 0.
            let word = try entry.line.words().first
            guard word?.kind == .welcome, word?.payload == offer.answer else { continue }
            return entry.line
          }
          try entry.line.say(hello)
          left.append((entry.line, true))
        } catch {
          // This address does not lead there.
        }
      }
      lines = left
    }
    return nil
  }

  /// Begins to connect; nil: there is no way at all.
  private static func begin(_ address: String, _ port: UInt16) -> Line? {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(address, "\(port)", &hints, &found) == 0, let found else { return nil }
    defer { freeaddrinfo(found) }
    let kind =
      Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let descriptor = socket(found.pointee.ai_family, kind, 0)
    guard descriptor >= 0 else { return nil }
    let line = Line(descriptor)
    guard
      Glibc.connect(descriptor, found.pointee.ai_addr, found.pointee.ai_addrlen) == 0
        || errno == EINPROGRESS
    else { return nil }
    return line
  }
}
