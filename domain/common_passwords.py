"""What people choose when they must choose something: whole passwords, and the pieces most are made of.

Gathered from what is publicly known of leaked passwords; only such as could be twelve characters long matter.
"""

_WHOLE = """
    administrator adminadmin12 unbelievable liverpoolfc1 manchesterunited
    jesuschrist1 thunderbirds unforgettable metallica666 blinkone82 bonjourbonjour playstation2 playstation3
    playstation4 playstation5 rockandroll1 christopher1 christopher12 alexanderalexander sweethearts1
    chocolate123 strawberry12 butterfly123 elizabeth123 whateverwhatever onedirection nevermind123
    letmeinplease trustnoone123 iloveyousomuch iloveyouforever iloveyoubaby1 iloveyou1234 iloveyou12345
    opensesame123 changemenow12 defaultpassword temporarypassword mypassword123 yourpassword1 thepassword12
    passwordpassword secretsecret rootrootroot testtesttest testtest1234 guestguest12 useruseruser
    qwertyuiopasdf qwertyuiop123 qwertyqwerty asdfghjkl123 asdfghjklzxcvbnm zxcvbnm12345 zaqxswcdevfr
    1qaz2wsx3edc 1qaz2wsx3edc4rfv qazwsxedcrfv 1q2w3e4r5t6y 1q2w3e4r5t6y7u 123qweasdzxc qweasdzxc123
    q1w2e3r4t5y6 a1b2c3d4e5f6 abcd1234efgh abc123abc123 aaa111bbb222 1234qwerasdf 987654321098 098765432109
    123456789012 1234567890123 12345678901234 123456789012345 1234567890qwerty 123123123123 121212121212
    111222333444 112233445566 147258369147 159753159753 102030405060 696969696969 131313131313 101010101010
"""
_PIECES = """
        passw0rd password passwort motdepasse contrasena qwertzuiop qwertyuiop qwertz qwerty qwert azerty asdfghjkl
        asdfgh asdf zxcvbnm zxcvbn zxcv qazwsx 1qaz2wsx 1q2w3e4r 1q2w3e q1w2e3 abc123 a1b2c3 aa123456 iloveyou
        loveyou letmein welcome admin administrator root user guest login master access secret default changeme
        temporary testing test demo sample superman batman spiderman starwars pokemon naruto matrix hunter shadow
        dragon monkey tiger eagle falcon princess sunshine flower butterfly chocolate cookie banana cheese pepper
        ginger summer winter spring autumn january february march april june july august september october november
        december monday tuesday wednesday thursday friday saturday sunday football baseball basketball soccer hockey
        liverpool arsenal chelsea barcelona realmadrid juventus yankees lakers cowboys mustang ferrari porsche
        mercedes harley corvette chevrolet computer internet google facebook instagram twitter linkedin youtube
        microsoft windows samsung android iphone apple amazon netflix spotify minecraft fortnite roblox
        freedom whatever trustno1 nothing forever killer hello bonjour hallo jesus christ angel heaven lovely love
        michael jordan jessica ashley michelle daniel andrew joshua matthew robert thomas nicole hannah anthony
        charlie george william jennifer amanda samantha alexander elizabeth christopher maggie buster bailey
        america england germany france london berlin paris company office backoffice business money dollar
        2015 2016 2017 2018 2019 2020 2021 2022 2023 2024 2025 2026 2027 1234567890 123456789 12345678 1234567
        123456 12345 1234 123 0987654321 987654321 87654321 7654321 654321 54321 4321 321 111111 000000 666666
        777777 888888 999999 121212 112233 123123 321321 696969
"""
WHOLE = frozenset(_WHOLE.split())
# The longest first, so that none is cut up by a shorter one.
PIECES = tuple(sorted(_PIECES.split(), key=len, reverse=True))
