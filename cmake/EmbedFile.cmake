# Writes a C file with the octets of a file: cmake -DIN=file -DNAME=symbol -DHEADER=h -DOUT=file.c -P EmbedFile.cmake
file(READ "${IN}" hex HEX)
file(SIZE "${IN}" size)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," octets "${hex}")
file(WRITE "${OUT}" "#include \"${HEADER}\"\n\nconst unsigned char ${NAME}[] = {${octets}0};\nconst size_t ${NAME}_len = ${size};\n")
