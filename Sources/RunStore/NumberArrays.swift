import Foundation

/// Reads a JSON object's long arrays of numbers without a general decoder, which takes ten times as long.
///
/// It knows JSON as `JSONEncoder` writes it, and gives up on anything else: then the general decoder says
/// what the text is.
struct NumberArrays {
  /// Thrown where this reader does not know further.
  struct Unknown: Error {}

  private let bytes: UnsafeBufferPointer<UInt8>
  private var place = 0

  init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  /// The next byte; 0 at the end, which no JSON holds.
  private var byte: UInt8 { place < bytes.count ? bytes[place] : 0 }

  private mutating func take(_ expected: Character) throws {
    guard byte == expected.asciiValue else { throw Unknown() }
    place += 1
  }

  // MARK: - The object

  /// Goes through the members of the one object that the text is.
  ///
  /// - Parameter member: Is told each key; it must take the value by `array` or `skip`.
  mutating func object(_ member: (inout NumberArrays, String) throws -> Void) throws {
    try take("{")
    while true {
      let key = try string()
      try take(":")
      try member(&self, key)
      if byte == UInt8(ascii: ",") { place += 1 } else { break }
    }
    try take("}")
    guard place == bytes.count else { throw Unknown() }
  }

  /// A string without escapes.
  private mutating func string() throws -> String {
    try take("\"")
    let start = place
    while byte != UInt8(ascii: "\"") {
      guard byte != UInt8(ascii: "\\"), byte >= 0x20 else { throw Unknown() }
      place += 1
    }
    defer { place += 1 }
    return String(decoding: bytes[start..<place], as: UTF8.self)
  }

  /// Passes over a value.
  ///
  /// - Returns: Its bytes.
  mutating func skip() throws -> UnsafeBufferPointer<UInt8>.SubSequence {
    let start = place
    var depth = 0
    while true {
      switch byte {
      case 0: throw Unknown()
      case UInt8(ascii: "\""):
        place += 1
        while byte != UInt8(ascii: "\"") {
          guard byte != 0 else { throw Unknown() }
          place += byte == UInt8(ascii: "\\") ? 2 : 1
        }
      case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
      case UInt8(ascii: "]"), UInt8(ascii: "}"):
        if depth == 0 { return bytes[start..<place] }
        depth -= 1
      case UInt8(ascii: ",") where depth == 0: return bytes[start..<place]
      default: break
      }
      place += 1
    }
  }

  // MARK: - Arrays

  /// An array of what `element` reads.
  mutating func array<Element>(
    capacity: Int = 0, _ element: (inout NumberArrays) throws -> Element
  ) throws -> [Element] {
    try take("[")
    var elements: [Element] = []
    elements.reserveCapacity(capacity)
    if byte == UInt8(ascii: "]") {
      place += 1
      return []
    }
    while true {
      elements.append(try element(&self))
      if byte == UInt8(ascii: ",") { place += 1 } else { break }
    }
    try take("]")
    return elements
  }

  /// [clips][classes].
  mutating func matrix() throws -> [[Float]] {
    var width = 0
    return try array { numbers in
      let row = try numbers.array(capacity: width) { try $0.float() }
      width = row.count
      return row
    }
  }

  // MARK: - Numbers

  /// Powers of ten that a double holds exactly.
  private static let powers: [Double] = (0...22).map { exponent in
    (0..<exponent).reduce(1.0) { power, _ in power * 10 }
  }

  mutating func float() throws -> Float {
    let start = place
    if let exact = try short() {
      let value = Float(exact)
      // Rounded twice: it matters only where the double lies in the middle between two floats.
      if exact.bitPattern & 0x1FFF_FFFF != 0x1000_0000,
        abs(exact) >= Double(Float.leastNormalMagnitude)
          || exact == 0, value.isFinite
      {
        return value
      }
    }
    return try text(from: start) { strtof($0, $1) }
  }

  mutating func double() throws -> Double {
    let start = place
    return try short() ?? text(from: start) { strtod($0, $1) }
  }

  /// Passes over a number.
  ///
  /// - Returns: Its value, rounded once; nil: it has too many digits for that.
  private mutating func short() throws -> Double? {
    let isNegative = byte == UInt8(ascii: "-")
    if isNegative { place += 1 }
    var digits: UInt64 = 0
    var count = 0
    var exponent = 0
    func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
    func add(_ byte: UInt8) {
      if count < 18 { digits = digits * 10 + UInt64(byte - UInt8(ascii: "0")) }
      if digits > 0 { count += 1 }
    }
    guard isDigit(byte) else { throw Unknown() }
    let first = byte
    repeat {
      add(byte)
      place += 1
      if first == UInt8(ascii: "0"), isDigit(byte) { throw Unknown() }
    } while isDigit(byte)
    if byte == UInt8(ascii: ".") {
      place += 1
      guard isDigit(byte) else { throw Unknown() }
      while isDigit(byte) {
        add(byte)
        exponent -= 1
        place += 1
      }
    }
    if byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
      place += 1
      let isMinus = byte == UInt8(ascii: "-")
      if isMinus || byte == UInt8(ascii: "+") { place += 1 }
      guard isDigit(byte) else { throw Unknown() }
      var power = 0
      while isDigit(byte) {
        power = min(power * 10 + Int(byte - UInt8(ascii: "0")), 100_000)
        place += 1
      }
      exponent += isMinus ? -power : power
    }
    guard count <= 18, digits < 1 << 53, abs(exponent) < Self.powers.count else { return nil }
    let power = Self.powers[abs(exponent)]
    let value = exponent < 0 ? Double(digits) / power : Double(digits) * power
    return isNegative ? -value : value
  }

  /// A number by the C library.
  private func text<Number: BinaryFloatingPoint>(
    from start: Int,
    _ read: (UnsafePointer<CChar>, UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> Number
  ) throws -> Number {
    // A number never ends the text: a bracket does.
    guard place < bytes.count, let base = bytes.baseAddress else { throw Unknown() }
    let value = base.advanced(by: start).withMemoryRebound(to: CChar.self, capacity: place - start)
    {
      read($0, nil)
    }
    // A decoder does not take too small a number for 0.
    guard value.isFinite, value != 0 else { throw Unknown() }
    return value
  }
}
