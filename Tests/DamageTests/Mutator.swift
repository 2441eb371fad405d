import Foundation

/// Damages bytes as disks, crashes and hands do; the same seed and number give the same damage.
struct Mutator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64, number: Int) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(number) }

  /// SplitMix64.
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }

  /// Bytes that are not the given ones, which must not be empty.
  mutating func damaged(_ original: Data) -> Data {
    var bytes = Array(original)
    repeat {
      for _ in 0..<(Bool.random(using: &self) ? 1 : Int.random(in: 1...4, using: &self)) {
        damage(&bytes)
      }
    } while Data(bytes) == original
    return Data(bytes)
  }

  private mutating func damage(_ bytes: inout [UInt8]) {
    guard !bytes.isEmpty else {
      bytes.append(UInt8.random(in: 0...255, using: &self))
      return
    }
    let place = Int.random(in: 0..<bytes.count, using: &self)
    let end = min(bytes.count, place + Int.random(in: 1...64, using: &self))
    switch Int.random(in: 0..<11, using: &self) {
    case 0, 1, 2: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &self)
    case 3: bytes.removeSubrange(place...)
    case 4: bytes.removeSubrange(place..<end)
    case 5: for i in place..<end { bytes[i] = 0 }
    case 6: bytes.insert(contentsOf: bytes[place..<end], at: place)
    case 7:
      bytes[place] = Array("0123456789-.eE{}[]\":,&*!|>\n\t ~\u{7F}".utf8).randomElement(
        using: &self)!
    case 8: enlargeNumber(&bytes, from: place)
    case 9:
      let run = [UInt8](
        repeating: Array("[{\"9-, ".utf8).randomElement(using: &self)!,
        count: Int.random(in: 1...2000, using: &self))
      bytes.insert(contentsOf: run, at: place)
    default:
      for i in place..<end { bytes[i] = UInt8.random(in: 0...255, using: &self) }
    }
  }

  /// Replaces the first digits at or after a place by a number that is hard to hold.
  private mutating func enlargeNumber(_ bytes: inout [UInt8], from place: Int) {
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    guard let start = bytes[place...].firstIndex(where: digits.contains) else { return }
    let end = bytes[start...].firstIndex { !digits.contains($0) } ?? bytes.count
    let numbers = [
      "0", "-1", "4294967296", "9223372036854775807", "9223372036854775808",
      "18446744073709551616", "1e308", "1e999", "0.1", "00", "NaN",
    ]
    bytes.replaceSubrange(start..<end, with: numbers.randomElement(using: &self)!.utf8)
  }
}
