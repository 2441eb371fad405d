/// A message of protocol buffers, field by field in the wire format; whoever writes it knows the numbers.
struct ProtobufMessage {
  private(set) var bytes: [UInt8] = []

  private enum Wire: UInt64 {
    case varint = 0
    case eightBytes = 1
    case counted = 2
    case fourBytes = 5
  }

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  private mutating func key(_ field: UInt64, _ wire: Wire) { varint(field << 3 | wire.rawValue) }

  /// A whole number that is not negative, or a truth value.
  mutating func add(_ field: UInt64, _ value: UInt64) {
    key(field, .varint)
    varint(value)
  }

  mutating func add(_ field: UInt64, _ value: Double) {
    key(field, .eightBytes)
    bytes += value.bitPattern.littleEndianBytes
  }

  mutating func add(_ field: UInt64, _ value: Float) {
    key(field, .fourBytes)
    bytes += value.bitPattern.littleEndianBytes
  }

  mutating func add(_ field: UInt64, _ value: [UInt8]) {
    key(field, .counted)
    varint(UInt64(value.count))
    bytes += value
  }

  mutating func add(_ field: UInt64, _ value: String) { add(field, Array(value.utf8)) }

  /// A message inside this one.
  mutating func add(_ field: UInt64, _ write: (inout ProtobufMessage) -> Void) {
    var inner = ProtobufMessage()
    write(&inner)
    add(field, inner.bytes)
  }
}

extension FixedWidthInteger {
  /// The number as files of TensorBoard hold it.
  var littleEndianBytes: [UInt8] { withUnsafeBytes(of: littleEndian) { Array($0) } }
}
