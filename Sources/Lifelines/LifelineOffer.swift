import Foundation

/// Where rank 0 waits for the others' lifelines.
package struct LifelineOffer: Codable {
  /// Numeric addresses of its host, those of the network first.
  package let addresses: [String]
  package let port: UInt16
  /// Tells the ranks of this job from strangers.
  package let token: UInt64
  /// Tells rank 0 from whatever else listens at one of the addresses.
  package let answer: UInt64

  package init(addresses: [String], port: UInt16, token: UInt64, answer: UInt64) {
    self.addresses = addresses
    self.port = port
    self.token = token
    self.answer = answer
  }

  /// The numeric addresses of this host: of a running interface, and not only of its own link; the loopback's
  /// come last.
  package static var ownAddresses: [String] {
    var first: UnsafeMutablePointer<ifaddrs>?
    guard getifaddrs(&first) == 0 else { return [] }
    defer { freeifaddrs(first) }
    var (network, loopback): ([String], [String]) = ([], [])
    for entry in sequence(first: first, next: { $0?.pointee.ifa_next }) {
      guard let entry, let address = entry.pointee.ifa_addr else { continue }
      let family = Int32(address.pointee.sa_family)
      guard family == AF_INET || family == AF_INET6 else { continue }
      let size =
        family == AF_INET ? MemoryLayout<sockaddr_in>.size : MemoryLayout<sockaddr_in6>.size
      var name = [CChar](repeating: 0, count: Int(NI_MAXHOST))
      guard
        getnameinfo(
          address, socklen_t(size), &name, socklen_t(name.count), nil, 0, NI_NUMERICHOST) == 0
      else { continue }
      let text = String(
        decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      // An address of a link alone means nothing elsewhere.
      guard !text.hasPrefix("fe80") else { continue }
      if entry.pointee.ifa_flags & UInt32(IFF_LOOPBACK) != 0 {
        loopback.append(text)
      } else if entry.pointee.ifa_flags & UInt32(IFF_RUNNING) != 0 {
        network.append(text)
      }
    }
    return network + loopback
  }
}
