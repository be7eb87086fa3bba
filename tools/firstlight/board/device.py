"""The code that runs on a board while it is looked at and written to. It has little heap, so it is short."""

# Every function prints, at most a line a file. Nothing of it stays: the next reset forgets it.
TOOLS = """\
import os
from binascii import a2b_base64, hexlify
from hashlib import sha256

def fl_hash(path):
 h = sha256()
 b = memoryview(bytearray(256))
 with open(path, 'rb') as f:
  while True:
   n = f.readinto(b)
   if not n:
    return hexlify(h.digest()).decode()
   h.update(b[:n])

def fl_walk(path, folder, file):
 try:
  entries = list(os.ilistdir(path))
 except OSError:
  return
 for e in entries:
  p = path + '/' + e[0]
  if e[1] & 0x4000:
   fl_walk(p, folder, file)
   folder(p)
  else:
   file(p)

def fl_list(*paths):
 def show(p):
  print(fl_hash(p), p)
 for p in paths:
  try:
   d = os.stat(p)[0] & 0x4000
  except OSError:
   continue
  if d:
   print('-', p)
   fl_walk(p, lambda p: print('-', p), show)
  else:
   show(p)

def fl_remove(path):
 def gone(f, p):
  f(p)
  print(p)
 try:
  d = os.stat(path)[0] & 0x4000
 except OSError:
  return
 if not d:
  return gone(os.remove, path)
 fl_walk(path, lambda p: gone(os.rmdir, p), lambda p: gone(os.remove, p))
 gone(os.rmdir, path)

def fl_folder(*paths):
 for p in paths:
  try:
   os.mkdir(p)
  except OSError as e:
   if e.args[0] != 17:
    raise

def fl_copy(pairs):
 b = memoryview(bytearray(512))
 for old, new in pairs:
  with open(old, 'rb') as s:
   with open(new, 'wb') as d:
    while True:
     n = s.readinto(b)
     if not n:
      break
     d.write(b[:n])
  print(new)
"""

# Where the firmware is, where it is gathered, where it waits whole and checked, and where the last one goes.
LIVE, PART, NEW, OLD = "/fw", "/fw.part", "/fw.new", "/fw.old"
STARTERS = ("/boot.py", "/main.py")

# What a deployment does last, one flash operation after the other. A cut before, between or in them leaves
# a board that starts whole: with the old firmware, with the new, or, where none of ours was, with its prompt.
# boot.py suits both and finishes a move that was cut, so it comes first; but a program that is not ours must
# never meet our boot.py, so there that program goes before.
SWITCH = f"""\
def fl_is(path):
 try:
  return bool(os.stat(path))
 except OSError:
  return False

def fl_move(old, new):
 if fl_is(old):
  os.rename(old, new)

def fl_tree():
 fl_move('{PART}', '{NEW}')
 if fl_is('{NEW}'):
  fl_move('{LIVE}', '{OLD}')
  os.rename('{NEW}', '{LIVE}')

def fl_ours():
 if os.stat('/main.py')[6] > 2000:
  return False
 with open('/main.py') as f:
  return 'main.run()' in f.read()

def fl_switch():
 if fl_is('/main.py') and fl_ours():
  fl_move('/boot.py.new', '/boot.py')
  fl_tree()
 else:
  fl_tree()
  if fl_is('/main.py.new') and fl_is('/main.py'):
   os.remove('/main.py')
  fl_move('/boot.py.new', '/boot.py')
 fl_move('/main.py.new', '/main.py')
 if hasattr(os, 'sync'):
  os.sync()
"""
