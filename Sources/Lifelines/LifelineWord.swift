/// What the two ends of a lifeline say to one another: 16 bytes, in this host's order of bytes, since MPI
/// asks for hosts of one kind too.
package struct LifelineWord: Equatable {
  package enum Kind: UInt32 {
    /// The first word of a rank: `number` is the rank, `payload` the job's token.
    case hello = 1
    /// Rank 0 has taken the hello.
    case welcome
    /// This rank lives; `payload` is its clock.
    case ping
    /// Rank 0 has heard the ping, whose payload it repeats.
    case pong
    /// Leave the group `number`: a rank of it is lost.
    case abandon
    /// End the process with the status `number`.
    case end
    /// The other end will close the line, and nothing is wrong.
    case leaving
  }

  package static let size = 16

  package let kind: Kind
  package var number: UInt32 = 0
  package var payload: UInt64 = 0

  package init(_ kind: Kind, number: UInt32 = 0, payload: UInt64 = 0) {
    self.kind = kind
    self.number = number
    self.payload = payload
  }

  /// - Returns: nil: this is no word.
  package init?(_ bytes: ArraySlice<UInt8>) {
    let (kind, number, payload) = bytes.withUnsafeBytes {
      (
        $0.loadUnaligned(as: UInt32.self), $0.loadUnaligned(fromByteOffset: 4, as: UInt32.self),
        $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
      )
    }
    guard let kind = Kind(rawValue: kind) else { return nil }
    self.init(kind, number: number, payload: payload)
  }

  package var bytes: [UInt8] {
    withUnsafeBytes(of: kind.rawValue) { Array($0) } + withUnsafeBytes(of: number) { Array($0) }
      + withUnsafeBytes(of: payload) { Array($0) }
  }
}
