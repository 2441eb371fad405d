/// Names of files and directories.
public enum FileName {
  /// Bytes that a file system allows a name.
  public static let limit = 255
  /// Bytes that a name of ours may have, so that its temporary, `.<process>.tmp`, has room too.
  public static let ownLimit = limit - ".4194304.tmp".utf8.count

  /// A name of ours for something that people named: letters, digits, `.`, `-` and `_` stay, a
  /// slash becomes `+`, every other byte `%` and two digits. Two names never give the same.
  public static func escaped(_ name: String) -> String {
    let plain = name.utf8.map { byte -> String in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
        UInt8(ascii: "."):
        String(UnicodeScalar(byte))
      case UInt8(ascii: "/"): "+"
      default:
        "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }.joined()
    // "." and ".." are no names of their own.
    return plain.allSatisfy { $0 == "." } ? plain.map { _ in "%2E" }.joined() : plain
  }
}
