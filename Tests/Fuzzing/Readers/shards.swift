import Digests

/// Gives a shard whose header ends at `end` the right digest, which is the last 32 bytes of it.
func mendShard(_ bytes: [UInt8], headerEnd end: Int) -> [UInt8] {
  guard bytes.count >= end else { return bytes }
  var digest = SHA256()
  digest.update(Array(bytes[end...]).span)
  digest.update(Array(bytes[..<(end - 32)]).span)
  return bytes[..<(end - 32)] + digest.bytes + bytes[end...]
}
