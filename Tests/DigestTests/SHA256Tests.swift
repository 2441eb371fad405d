import Digest
import Foundation
import TestSupport
import XCTest

final class SHA256Tests: XCTestCase {
  /// The examples of FIPS 180-4 and of NIST's byte test vectors.
  func testKnownAnswers() {
    let answers = [
      ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
      ),
      (
        String(repeating: "a", count: 1_000_000),
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
      ),
    ]
    for (text, digest) in answers {
      XCTAssertEqual(SHA256.hexadecimal(of: Array(text.utf8)), digest)
    }
  }

  func testPartsGiveTheDigestOfTheWhole() {
    var random = SeededGenerator(seed: 1)
    for _ in 0..<50 {
      let bytes = (0..<Int.random(in: 0...300, using: &random)).map { _ in
        UInt8.random(in: 0...255, using: &random)
      }
      let digest = SHA256()
      var rest = bytes[...]
      while !rest.isEmpty {
        let part = rest.prefix(Int.random(in: 0...70, using: &random))
        digest.update(Array(part))
        rest = rest.dropFirst(part.count)
      }
      XCTAssertEqual(digest.finish(), SHA256.hexadecimal(of: bytes))
    }
  }
}
