import Digest
import XCTest

final class SHA256DigestTests: XCTestCase {
  /// FIPS 180-2, appendix B.1.
  private let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

  func testDigitsAndBytesAreTheSameDigest() throws {
    let digest = try XCTUnwrap(SHA256Digest(hexadecimal: abc))
    XCTAssertEqual(digest.bytes.count, 32)
    XCTAssertEqual(digest.bytes.prefix(4), [0xba, 0x78, 0x16, 0xbf])
    XCTAssertEqual(digest.bytes.last, 0xad)
    XCTAssertEqual(digest.hexadecimal, abc)
    XCTAssertEqual(SHA256Digest(bytes: digest.bytes), digest)
    XCTAssertEqual(SHA256.hexadecimal(of: Array("abc".utf8)), abc)
  }

  func testAnythingElseIsNoDigest() {
    for text in ["", String(abc.dropLast()), abc + "0", abc.uppercased(), "g" + abc.dropFirst()] {
      XCTAssertNil(SHA256Digest(hexadecimal: text), text)
    }
    XCTAssertNil(SHA256Digest(bytes: [UInt8](repeating: 1, count: 31)))
    XCTAssertNil(SHA256Digest(bytes: [UInt8](repeating: 1, count: 33)))
  }
}
