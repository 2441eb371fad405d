import Requirements
import CCrypto
import Foundation

/// A running SHA-256 (FIPS 180-4), computed by OpenSSL's libcrypto.
public final class SHA256 {
  private let context: OpaquePointer

  public init() {
    guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
      fatalError("libcrypto offers no SHA-256")
    }
    self.context = context
  }

  deinit { EVP_MD_CTX_free(context) }

  /// Adds bytes to the digest.
  public func update(_ bytes: UnsafeRawBufferPointer) {
    require(
      EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1, "EVP_DigestUpdate failed")
  }

  /// Adds bytes to the digest.
  public func update(_ bytes: some ContiguousBytes) {
    bytes.withUnsafeBytes { update($0) }
  }

  /// The digest of everything added, as 64 lower-case hexadecimal digits. Call it once.
  public func finish() -> String {
    var bytes = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    var count: UInt32 = 0
    require(EVP_DigestFinal_ex(context, &bytes, &count) == 1, "EVP_DigestFinal_ex failed")
    return SHA256Digest(bytes: bytes[..<Int(count)])!.hexadecimal
  }

  /// The digest of `bytes`, as 64 lower-case hexadecimal digits.
  public static func hexadecimal(of bytes: some ContiguousBytes) -> String {
    let digest = SHA256()
    digest.update(bytes)
    return digest.finish()
  }
}
