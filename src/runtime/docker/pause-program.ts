/**
 * The program of the pause container: a static ELF executable of some two hundred bytes that waits for ever. It asks for
 * no word of ended children, so that none stays behind where the containers of a task share its process ids. Started with one argument it first leaves the network namespace that it was started in for a new and empty one
 * (`unshare(CLONE_NEWNET)`), and exits with 1 when that is refused. Engines before 28 spend 150 ms on the network
 * namespace of a container; a host-mode container that makes its own costs nothing of that.
 */
export function pauseProgram(architecture: 'x86_64' | 'arm64'): Buffer {
  return architecture === 'x86_64' ? elf(62, Buffer.from(X86_64_CODE)) : elf(183, words(ARM64_CODE));
}

/** `[rsp]` holds the argument count when a program begins. */
const X86_64_CODE: readonly number[] = [
  ...[0x8b, 0x1c, 0x24], //                  mov ebx, [rsp]
  ...[0x6a, 0x00, 0x6a, 0x00, 0x6a, 0x00], // push 0 three times: flags, restorer and mask
  ...[0x6a, 0x01], //                        push 1 (SIG_IGN)
  ...[0xbf, 0x11, 0x00, 0x00, 0x00], //      mov edi, 17 (SIGCHLD)
  ...[0x48, 0x89, 0xe6], //                  mov rsi, rsp
  ...[0x31, 0xd2], //                        xor edx, edx
  ...[0x41, 0xba, 0x08, 0x00, 0x00, 0x00], // mov r10d, 8
  ...[0xb8, 0x0d, 0x00, 0x00, 0x00], //      mov eax, 13 (rt_sigaction)
  ...[0x0f, 0x05], //                        syscall
  ...[0x83, 0xfb, 0x02], //                  cmp ebx, 2
  ...[0x75, 0x10], //                        jne wait
  ...[0xbf, 0x00, 0x00, 0x00, 0x40], //      mov edi, CLONE_NEWNET
  ...[0xb8, 0x10, 0x01, 0x00, 0x00], //      mov eax, 272 (unshare)
  ...[0x0f, 0x05], //                        syscall
  ...[0x85, 0xc0], //                        test eax, eax
  ...[0x75, 0x09], //                        jnz leave
  ...[0xb8, 0x22, 0x00, 0x00, 0x00], // wait: mov eax, 34 (pause)
  ...[0x0f, 0x05], //                        syscall
  ...[0xeb, 0xf7], //                        jmp wait
  ...[0xbf, 0x01, 0x00, 0x00, 0x00], // leave: mov edi, 1
  ...[0xb8, 0x3c, 0x00, 0x00, 0x00], //      mov eax, 60 (exit)
  ...[0x0f, 0x05], //                        syscall
];

/** arm64 has no pause call: ppoll of nothing, without a time limit, waits as well. */
const ARM64_CODE: readonly number[] = [
  0xf94003e9, //       ldr x9, [sp]
  0xd280002a, //       movz x10, #1 (SIG_IGN)
  0xa9be7fea, //       stp x10, xzr, [sp, #-32]!
  0xa9017fff, //       stp xzr, xzr, [sp, #16]
  0xd2800220, //       movz x0, #17 (SIGCHLD)
  0x910003e1, //       mov x1, sp
  0xd2800002, //       movz x2, #0
  0xd2800103, //       movz x3, #8
  0xd28010c8, //       movz x8, #134 (rt_sigaction)
  0xd4000001, //       svc #0
  0xf100093f, //       cmp x9, #2
  0x540000a1, //       b.ne wait (5 instructions on)
  0xd2a80000, //       movz x0, #0x4000, lsl #16 (CLONE_NEWNET)
  0xd2800c28, //       movz x8, #97 (unshare)
  0xd4000001, //       svc #0
  0xb5000100, //       cbnz x0, leave (8 instructions on)
  0xd2800000, // wait: movz x0, #0
  0xd2800001, //       movz x1, #0
  0xd2800002, //       movz x2, #0
  0xd2800003, //       movz x3, #0
  0xd2800928, //       movz x8, #73 (ppoll)
  0xd4000001, //       svc #0
  0x17fffffa, //       b wait (6 instructions back)
  0xd2800020, // leave: movz x0, #1
  0xd2800ba8, //       movz x8, #93 (exit)
  0xd4000001, //       svc #0
];

const LOAD_ADDRESS = 0x400000n;
const ELF_HEADER_BYTES = 64;
const PROGRAM_HEADER_BYTES = 56;
const PAGE_BYTES = 0x10000n;

/** One loadable, executable segment that holds the whole file; execution begins after the two headers. */
function elf(machine: number, code: Buffer): Buffer {
  const headerBytes = ELF_HEADER_BYTES + PROGRAM_HEADER_BYTES;
  const file = Buffer.alloc(headerBytes + code.length);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1], 0);
  file.writeUInt16LE(2, 16);
  file.writeUInt16LE(machine, 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(LOAD_ADDRESS + BigInt(headerBytes), 24);
  file.writeBigUInt64LE(BigInt(ELF_HEADER_BYTES), 32);
  file.writeUInt16LE(ELF_HEADER_BYTES, 52);
  file.writeUInt16LE(PROGRAM_HEADER_BYTES, 54);
  file.writeUInt16LE(1, 56);
  file.writeUInt32LE(1, 64);
  file.writeUInt32LE(5, 68);
  file.writeBigUInt64LE(LOAD_ADDRESS, 80);
  file.writeBigUInt64LE(LOAD_ADDRESS, 88);
  file.writeBigUInt64LE(BigInt(file.length), 96);
  file.writeBigUInt64LE(BigInt(file.length), 104);
  file.writeBigUInt64LE(PAGE_BYTES, 112);
  code.copy(file, headerBytes);
  return file;
}

function words(code: readonly number[]): Buffer {
  const bytes = Buffer.alloc(code.length * 4);
  for (const [index, word] of code.entries()) bytes.writeUInt32LE(word, index * 4);
  return bytes;
}
