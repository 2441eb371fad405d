import Foundation

/// A TCP connection that never blocks, and speaks in words.
package final class Line {
  package let descriptor: Int32
  private var received: [UInt8] = []
  private var unsent: [UInt8] = []

  /// Bytes that are read at once.
  private static let mostBytes = 4096

  /// Why a line cannot be used any more.
  package struct Cut: Error, CustomStringConvertible {
    /// nil: the other end has closed it, as its process has ended.
    package let code: Int32?
    package var description: String {
      code.map { String(cString: strerror($0)) } ?? "its process has ended"
    }
  }

  /// - Parameter descriptor: A connected socket, or one that is being connected; this object closes it.
  package init(_ descriptor: Int32) { self.descriptor = descriptor }

  deinit { close(descriptor) }

  /// Lets the kernel find out when the other host is gone.
  ///
  /// - Parameter seconds: After which it gives the line up.
  func keepAlive(_ seconds: Double) {
    func set(_ level: Int32, _ option: Int32, _ value: Int32) {
      var value = value
      setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }
    let (tcp, probes) = (Int32(IPPROTO_TCP), Int32(3))
    let step = Int32(max(seconds / Double(probes + 1), 1))
    set(SOL_SOCKET, SO_KEEPALIVE, 1)
    set(tcp, TCP_KEEPIDLE, step)
    set(tcp, TCP_KEEPINTVL, step)
    set(tcp, TCP_KEEPCNT, probes)
    set(tcp, TCP_USER_TIMEOUT, Int32(seconds * 1000))
    set(tcp, TCP_NODELAY, 1)
  }

  /// Whether something is left to send.
  var isBusy: Bool { !unsent.isEmpty }

  /// Sends a word, now or when there is room for it.
  ///
  /// - Throws: `Cut`.
  package func say(_ word: LifelineWord) throws(Cut) {
    unsent += word.bytes
    try flush()
  }

  /// - Throws: `Cut`.
  func flush() throws(Cut) {
    while !unsent.isEmpty {
      let count = send(descriptor, unsent, unsent.count, Int32(MSG_NOSIGNAL))
      if count < 0 {
        if errno == EINTR { continue }
        if errno == EAGAIN { return }
        throw Cut(code: errno)
      }
      unsent.removeFirst(count)
    }
  }

  /// The words that have come.
  ///
  /// - Throws: `Cut`, when there is none and there will be none; `EPROTO` if what came is no word.
  package func words() throws(Cut) -> [LifelineWord] {
    var buffer = [UInt8](repeating: 0, count: Self.mostBytes)
    var end: Cut?
    // What is more comes at the next look.
    while received.count < Self.mostBytes {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      if count > 0 {
        received += buffer[..<count]
      } else if count < 0 && errno == EINTR {
        continue
      } else {
        if count == 0 { end = Cut(code: nil) }
        if count < 0 && errno != EAGAIN { end = Cut(code: errno) }
        break
      }
    }
    var words: [LifelineWord] = []
    while received.count >= LifelineWord.size {
      guard let word = LifelineWord(received[..<LifelineWord.size]) else {
        throw Cut(code: EPROTO)
      }
      words.append(word)
      received.removeFirst(LifelineWord.size)
    }
    if let end, words.isEmpty { throw end }
    return words
  }
}
